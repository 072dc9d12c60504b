// In a frame on another page: follow its colour scheme, and say how high the explorer is.
export function embedded() {
  const { dataset } = document.documentElement;
  if (dataset.page === undefined) return;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', () => { dataset.theme = dark.matches ? 'dark' : 'light'; });
  const [explorer] = document.querySelectorAll('.xp-explorer');
  const tell = () => parent.postMessage({ explorer: explorer.id, height: Math.ceil(document.body.getBoundingClientRect().height) }, '*');
  new ResizeObserver(tell).observe(document.body);
  addEventListener('load', tell);
}
