// Ranks pages for what a reader types. The index says each page's prose block by block, with weights (site/search.py).

import { stemmer } from 'stemmer';

// Words that a question has and that say nothing of what is asked.
const IDLE = new Set(('a an and are as at be been but by can could did do does for from had has have how i if in into is it its '
  + 'make makes me mean means my of on or own s so than that the their them there these they this to was were what when where which who why will with '
  + 'would you your vs versus').split(' '));
// Forms that no rule makes of their words.
const IRREGULAR = new Map(Object.entries({ sold: 'sell', sale: 'sell', sales: 'sell', bought: 'buy', built: 'build', paid: 'pay', won: 'win', grew: 'grow',
  grown: 'grow', fell: 'fall', fallen: 'fall', rose: 'rise', risen: 'rise', ran: 'run', cheaper: 'cheap', cheapest: 'cheap',
  wrote: 'write', written: 'write', chosen: 'choose', chose: 'choose', led: 'lead', held: 'hold', spent: 'spend', people: 'person' }));
const HAN = /\p{Script=Han}/u;
const LETTERS = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+(?:[.,'’](?:\p{N}+|s\b))*/gu;

// A word as both spellings of English have it: what differs is written in one way, and also where nothing differs, since
// both the book's words and the reader's go through here.
const common = word => word
  .replace(/isation/, 'ization').replace(/is(e|ed|es|ing|er|ers)$/, 'iz$1').replace(/ys(e|ed|es|ing)$/, 'yz$1')
  .replace(/our/, 'or').replace(/tre(s?)$/, 'ter$1').replace(/ence(s?)$/, 'ense$1').replace(/amme(s?)$/, 'am$1')
  .replace(/ogue(s?)$/, 'og$1').replace(/^grey/, 'gray').replace(/^tonne/, 'ton');

const forms = new Map();

/** The form by which a word is kept: `centres` and `center` are one, `1,234` and `1234` too, `910C` stays. */
export function form(word) {
  if (!forms.has(word)) {
    forms.set(word, /\p{N}/u.test(word) ? word.replace(/[,'’]/g, '').replace(/^(.*\p{L}.*\p{N})s$/u, '$1')
      : stemmer(common(IRREGULAR.get(word) ?? word.replace(/['’]s$/, ''))).replace(/ll$/, 'l').replace(/uct$/, 'uc'));
  }
  return forms.get(word);
}

/** The words of a text: Chinese in pairs of signs, others by their forms, each with its place. */
export function words(text) {
  const found = [];
  for (const match of text.normalize('NFKC').toLowerCase().matchAll(LETTERS)) {
    const [word] = match, at = match.index;
    if (HAN.test(word)) {
      const signs = [...word];
      if (signs.length === 1) found.push({ term: word, at, end: at + 1 });
      for (let i = 0; i + 1 < signs.length; i += 1) found.push({ term: signs[i] + signs[i + 1], at: at + i, end: at + i + 2 });
    } else {
      found.push({ term: form(word), word, at, end: at + word.length });
    }
  }
  return found;
}

// A sentence ends before a capital, so not within "e.g. in" or "5.3".
const SENTENCE = /.+?(?:[.!?]["”’)]*(?=\s+[\p{Lu}\p{N}"“‘(])|[。！？]|$)/gsu;
const SATURATED = 1.2, LENGTH = 0.3; // BM25's k1 and b
const TOGETHER = 0.6; // what a block that holds much of the question adds
const EXACT = 2; // how much better a block is that says what is asked and nothing else, as a heading, a term or a keyword
const FEW = 1.3; // how much worse a page is that lacks a part of the question
const KIN = 0.7; // a word of the same meaning counts as this much of the word
const TOPIC = 8; // the weight of a page's title
const ASIDE = 0.5; // a word that no page is about, as "problem", counts as this much

/** The search in an index: a function from what a reader types to pages, the best first. */
export function searchIn(index) {
  const pages = index.pages.map(page => ({ ...page, counts: new Map(), length: 0 }));
  const blocks = [];
  const held = new Map(); // term to the pages that have it
  const kin = index.same.map(group => group.map(one => words(one).map(found => found.term)));
  // Several words that mean one, as "United States", count as the one besides.
  const several = kin.flatMap(group => group.filter(one => one.length > 1)
    .map(many => [many, group.find(one => one.length === 1)?.[0] ?? group[0].join(' ')]));

  const telling = found => new Set(found.filter(one => !IDLE.has(one.word)).map(one => one.term));

  function joined(text) {
    const found = words(text), more = [];
    found.forEach((first, i) => {
      for (const [many, one] of several) {
        if (first.term !== many[0] || !many.every((term, j) => found[i + j]?.term === term)) continue;
        more.push({ term: one, at: first.at, end: found[i + many.length - 1].end, several: true });
      }
    });
    return [...found, ...more];
  }

  pages.forEach((page, number) => {
    const add = (text, weight) => {
      const found = joined(text);
      for (const { term } of found) page.counts.set(term, (page.counts.get(term) ?? 0) + weight);
      page.length += weight * found.length;
      return found;
    };
    for (const text of page.keywords.split(/[,，、]/)) {
      blocks.push({ page: number, weight: index.keywords, text: '', terms: telling(add(text, index.keywords)) });
    }
    for (const [anchor, heading, ...said] of page.sections) {
      for (let i = 0; i < said.length; i += 2) {
        const terms = telling(add(said[i + 1], said[i]));
        blocks.push({ page: number, anchor, heading, weight: said[i], text: said[i + 1], terms });
      }
    }
    for (const term of page.counts.keys()) held.set(term, (held.get(term) ?? 0) + 1);
  });
  const mean = pages.reduce((sum, page) => sum + page.length, 0) / pages.length;
  const rarity = term => Math.log(1 + (pages.length - held.get(term) + 0.5) / (held.get(term) + 0.5));
  const all = [...held.keys()];
  const topics = new Set(blocks.filter(block => !block.text || block.weight >= TOPIC).flatMap(block => [...block.terms]));

  // What stands for a word of the question: itself, its kin, or what begins with it where no page has it.
  function meanings(term) {
    const found = new Map();
    if (held.has(term)) found.set(term, 1);
    for (const group of kin) {
      if (!group.some(one => one.length === 1 && one[0] === term)) continue;
      for (const one of group) if (one.length === 1 && held.has(one[0]) && !found.has(one[0])) found.set(one[0], KIN);
    }
    if (!found.size && term.length > 2) {
      for (const other of all) if (other.startsWith(term)) found.set(other, KIN / 2);
    }
    return found;
  }

  function asked(text) {
    let found = joined(text).filter((one, i, list) => one.several || !list.some(other => other.several && other.at <= one.at && one.end <= other.end));
    // "7nm" is written 7 nm in the book, and "910 C" 910C.
    found = found.flatMap(one => {
      const parts = held.has(one.term) || !one.word ? null : /^([\d.]+)(\p{L}+)$/u.exec(one.word);
      return parts ? [{ ...one, term: parts[1] }, { ...one, term: form(parts[2]), word: parts[2] }] : [one];
    });
    const terms = telling(found);
    return [...(terms.size ? terms : new Set(found.map(one => one.term)))].map(term => [term, meanings(term)]);
  }

  return function search(text) {
    const terms = asked(text);
    const known = terms.filter(([, means]) => means.size);
    if (!known.length) return [];
    const worth = new Map(known.map(([term, means]) => [term, Math.max(...[...means].map(([one, part]) => part * rarity(one)))
      * ([...means.keys()].some(one => topics.has(one)) ? 1 : ASIDE)]));
    const whole = [...worth.values()].reduce((a, b) => a + b, 0);
    const has = (means, holder) => Math.max(0, ...[...means].map(([one, part]) => (holder.has(one) ? part : 0)));

    const scored = pages.map((page, number) => {
      let score = 0, covered = 0;
      for (const [term, means] of known) {
        let count = 0;
        for (const [one, part] of means) count += part * (page.counts.get(one) ?? 0);
        if (!count) continue;
        covered += worth.get(term);
        score += worth.get(term) * count * (SATURATED + 1) / (count + SATURATED * (1 - LENGTH + LENGTH * page.length / mean));
      }
      return { number, score: score * (covered / whole) ** FEW, best: [], top: 0 };
    });
    for (const block of blocks) {
      let covered = 0;
      for (const [term, means] of known) covered += has(means, block.terms) * worth.get(term);
      if (!covered) continue;
      const exact = covered === whole && block.terms.size <= known.length ? EXACT : 1;
      const strength = exact * (covered / whole) ** 2 * Math.min(2, 0.4 + block.weight ** 0.5);
      const page = scored[block.page];
      page.top = Math.max(page.top, strength);
      page.best.push([strength, block]);
    }
    return scored.filter(one => one.score > 0).map(one => {
      const page = pages[one.number];
      one.best.sort((a, b) => b[0] - a[0]);
      const places = [];
      for (const [, block] of one.best) {
        if (!block.text || block.text === page.title || block.text === block.heading || block.weight < 0.3 && places.length) continue;
        if (places.some(other => other.anchor === block.anchor)) continue;
        places.push({ anchor: block.anchor, heading: block.heading, ...excerpt(block.text, known, worth, joined) });
        if (places.length === 3) break;
      }
      return { url: page.url, title: page.title, score: page.weight * (one.score + TOGETHER * whole * one.top), places };
    }).sort((a, b) => b.score - a.score);
  };
}

// The sentence of a text that says most of what is asked, and where in it the words stand.
function excerpt(text, known, worth, joined) {
  let best = { value: -1 };
  for (const [raw] of text.matchAll(SENTENCE)) {
    const sentence = raw.trim();
    const found = joined(sentence);
    let value = 0;
    const marks = [];
    for (const [term, means] of known) {
      const here = found.filter(one => means.has(one.term));
      if (here.length) value += worth.get(term);
      marks.push(...here.map(({ at, end }) => [at, end]));
    }
    if (value > best.value) best = { value, sentence, marks: marks.sort((a, b) => a[0] - b[0]) };
  }
  return { sentence: best.sentence, marks: best.marks };
}
