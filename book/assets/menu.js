// Close an open menu of the page's header by Escape or by a click elsewhere.
function close(except) {
  for (const menu of document.querySelectorAll('.xp-menu[open]')) if (!menu.contains(except)) menu.open = false;
}
document.addEventListener('click', (event) => close(event.target));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest('.xp-menu[open]');
  close();
  if (menu) menu.firstElementChild.focus();
});

// The same page in another language keeps the settings and the place that the address holds.
for (const link of document.querySelectorAll('.xp-language')) {
  const address = link.getAttribute('href');
  const follow = () => link.setAttribute('href', address + location.search + location.hash);
  for (const event of ['pointerdown', 'focus', 'click']) link.addEventListener(event, follow);
}
