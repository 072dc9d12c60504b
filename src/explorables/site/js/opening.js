// What is folded opens for a link that leads into it, and on paper.
(() => {
  const folds = [...document.querySelectorAll('details.xp-fold')];
  let opened = [];

  function asked() {
    const name = location.hash.slice(1);
    try {
      return decodeURIComponent(name);
    } catch {
      return name; // a lonely per cent sign
    }
  }

  function follow() {
    const target = document.getElementById(asked());
    if (!target) return;
    const own = target.querySelector(':scope > details.xp-fold');
    const around = folds.filter(fold => fold === own || fold.contains(target));
    if (around.every(fold => fold.open)) return;
    for (const fold of around) fold.open = true;
    target.scrollIntoView();
  }

  addEventListener('hashchange', follow);
  document.addEventListener('click', event => {
    if (event.target.closest?.('a[href^="#"]')?.hash === location.hash && location.hash) follow();
  });
  addEventListener('beforeprint', () => {
    opened = folds.filter(fold => !fold.open);
    for (const fold of opened) fold.open = true;
  });
  addEventListener('afterprint', () => { for (const fold of opened) fold.open = false; });
  follow();
})();
