// The search page: shows what is found as its reader types, and keeps the question in the address.

import { searchIn } from './search.js';
import { _ } from './words.js';

const SHOWN = 20;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function marked({ sentence, marks }) {
  const parts = [];
  let at = 0;
  for (const [from, to] of marks) {
    if (from < at) continue;
    parts.push(sentence.slice(at, from), element('mark', {}, sentence.slice(from, to)));
    at = to;
  }
  return [...parts, sentence.slice(at)];
}

function item({ url, title, places }) {
  const [first, ...more] = places;
  const to = place => `${url}${place?.anchor ? `#${place.anchor}` : ''}`;
  return element('li', {},
    element('a', { href: to(first) }, title),
    ...(first ? [element('p', {}, ...marked(first))] : []),
    ...(more.length ? [element('ul', {}, ...more.map(place => element('li', {},
      element('a', { href: to(place) }, place.heading || title), ' ', ...marked(place))))] : []));
}

const results = document.getElementById('search-results');
const status = document.getElementById('search-status');
const field = document.querySelector('.bd-search-container input[type=search]');
let search;

function show() {
  const asked = field.value.trim();
  search ??= searchIn(window.xpSearchIndex);
  const found = asked ? search(asked) : [];
  results.replaceChildren(...found.slice(0, SHOWN).map(item));
  status.textContent = !asked ? '' : found.length ? _('Pages that say something of this, the best first: {count}', { count: found.length })
    : _('No page has these words. Try fewer or other ones.');
}

field.value = new URLSearchParams(location.search).get('q') ?? '';
field.addEventListener('input', () => {
  show();
  history.replaceState(null, '', `?${new URLSearchParams({ q: field.value })}`);
});
field.form.addEventListener('submit', event => event.preventDefault());
field.focus();
show();
