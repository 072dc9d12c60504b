// The interface's words in the language of the page, which brings its own table; English needs none.

const table = typeof document === 'undefined' ? {}
  : JSON.parse(document.getElementById('hp-words')?.textContent ?? '{}');

// A message by its English text, with what stands for the names in braces.
export const _ = (text, values = {}) =>
  (table[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
