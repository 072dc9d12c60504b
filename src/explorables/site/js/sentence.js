// Sentences that follow an explorer's settings. The same rules as explorables/explore/sentence.py; a test compares the two.

const SIGNS = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '=': (a, b) => a === b, '!=': (a, b) => a !== b,
};

function holds([name, sign, other], values) {
  if (sign === undefined) return Boolean(values[name]) && !Number.isNaN(values[name]);
  return SIGNS[sign](values[name], other?.of ? values[other.of] : other);
}

// Words and names of a sentence, its choices made.
export function flat(parts, values) {
  return parts.flatMap(part => {
    if (typeof part === 'string' || part.of) return [part];
    const found = part.choose.find(([condition]) => condition === null || holds(condition, values));
    return found ? flat(found[1], values) : [];
  });
}

// Write a text into an element: into the node that is there, which spares the page a look at its style rules.
export function write(element, text) {
  const node = element.firstChild;
  if (element.childNodes.length !== 1 || node.nodeType !== Node.TEXT_NODE) element.textContent = text; // translated, say
  else if (node.data !== text) node.data = text;
}

// One sentence on the page: numbers are replaced in place, the words only when others are chosen.
export class Sentence {
  constructor(element, parts) {
    Object.assign(this, { element, parts });
    // What the page came with: where its words hold, nothing is written anew.
    this.words = JSON.stringify([...element.childNodes].map(node => node.dataset ? { of: node.dataset.of } : node.data));
    this.values = [...element.querySelectorAll('.xp-value')];
  }

  tell(values, texts) {
    const found = flat(this.parts, values).reduce((all, part) => {
      if (typeof part === 'string' && typeof all.at(-1) === 'string') all.push(all.pop() + part);
      else all.push(part);
      return all;
    }, []);
    const words = JSON.stringify(found);
    if (words !== this.words) {
      const lang = this.values[0]?.lang;
      this.words = words;
      this.element.replaceChildren(...found.map(part => {
        if (typeof part === 'string') return part;
        const value = Object.assign(document.createElement('b'), { className: 'xp-value' });
        value.dataset.of = part.of;
        if (lang) value.lang = lang;
        return value;
      }));
      this.values = [...this.element.querySelectorAll('.xp-value')];
    }
    for (const value of this.values) {
      write(value, texts[value.dataset.of]);
    }
  }
}
