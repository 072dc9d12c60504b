// The switch between results alone and results with their code, remembered for the whole book.
(() => {
  const KEY = 'explorables-code';
  const root = document.documentElement;
  const folded = [...document.querySelectorAll('.cell[id^="code-"] > details.above-input')];

  function show(on) {
    root.toggleAttribute('data-code', on);
    for (const details of folded) details.open = on;
    for (const button of document.querySelectorAll('.xp-code-switch')) button.setAttribute('aria-pressed', String(on));
  }

  // Where a browser keeps nothing, the switch holds for this page.
  function remember(on) {
    try {
      localStorage.setItem(KEY, on ? 'shown' : 'hidden');
    } catch { /* site data are blocked or full */ }
  }

  function remembered() {
    try {
      return localStorage.getItem(KEY) === 'shown';
    } catch {
      return false;
    }
  }

  // A link to a code cell opens this one cell; a link to what the cell shows, such as an explorer, does not.
  function follow() {
    const target = document.getElementById(location.hash.slice(1));
    const cell = target?.closest('.cell[id^="code-"]');
    const details = cell?.querySelector(':scope > details.above-input');
    if (!details || target.closest('.cell_output')) return;
    cell.classList.add('xp-asked');
    details.open = true;
    cell.scrollIntoView();
  }

  for (const button of document.querySelectorAll('.xp-code-switch')) {
    button.addEventListener('click', () => {
      const on = !root.hasAttribute('data-code');
      show(on);
      remember(on);
    });
  }
  addEventListener('storage', event => { if (event.key === KEY) show(event.newValue === 'shown'); });
  addEventListener('hashchange', follow);
  if (remembered()) show(true);
  follow();
})();
