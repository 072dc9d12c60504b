// The interface's words, and how numbers are written, in the language of the page, which brings its own; English needs none.

const page = typeof document === 'undefined' ? {}
  : JSON.parse(document.getElementById('xp-words')?.textContent ?? '{}');

// What differs from English in how numbers and dates are written, and Vega's locales of both.
export const { locale = {}, vega } = page;

// Units of the book's trade, and how they are written.
export const { units = {} } = page;

// A message by its English text, with what stands for the names in braces.
export const _ = (text, values = {}) =>
  (page.messages?.[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// A name by what it is in the language of the page, if it has another one there.
export const told = (names, name) => Object.hasOwn(names, name) ? names[name] : name;
