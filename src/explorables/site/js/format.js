// Numbers as people write and type them. The same rules as explorables/explore/format.py; a test compares the two.

import { locale as page, units } from './words.js';

const written = how => Object.keys(units).filter(unit => units[unit] === how);
const SI_UNITS = new Set([...'W Wh J B B/s bit/s Hz V m g t bit J/bit'.split(' '), ...written('si')]);
const POWERS = new Set(written('power'));
const SI = [[1e30, 'Q'], [1e27, 'R'], [1e24, 'Y'], [1e21, 'Z'], [1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'],
  [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'], [1e-15, 'f'], [1e-18, 'a'],
  [1e-21, 'z']];
const NARROW = '\u202f';
const DAY = 86400000;

// How the language of the page writes numbers; English where it says nothing else.
const locale = {
  counts: [[1e12, 1e12, `${NARROW}tn`], [1e9, 1e9, `${NARROW}bn`], [1e6, 1e6, `${NARROW}m`], [1e5, 1e3, `${NARROW}k`]],
  decimal: '.',
  thousands: ',',
  percent: `${NARROW}%`,
  date: '{day} {name} {year}',
  months: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),
  yes: 'yes',
  no: 'no',
  undefined: 'not defined',
  units: {},
  ...page,
};

const grouped = digits => digits.replace(/\B(?=(\d{3})+$)/g, ',');
const trim = text => text.includes('.') ? text.replace(/\.?0+$/, '') : text;

function fixed(value, digits) {
  let whole = 1;
  while (value >= 10 ** whole) whole += 1;
  if (value < 1) {
    whole = 0;
    while (value && value < Number(`1e${whole - 1}`) && whole > -8) whole -= 1;
  }
  const [head, tail] = value.toFixed(Math.max(0, digits - whole)).split('.');
  return tail ? trim(`${grouped(head)}.${tail}`) : grouped(head);
}

// A format as in Python: d, .2f or .0%, with a comma to group thousands and a plus to show the sign.
function formatted(value, format) {
  const [, plus, group, decimals] = /^(\+?)(,?)(?:d|\.(\d)[f%])$/.exec(format);
  const text = Math.abs(value).toFixed(Number(decimals ?? 0));
  const [head, ...tail] = text.split('.');
  return [value < 0 && /[1-9]/.test(text) ? '−' : plus, [group ? grouped(head) : head, ...tail].join('.')];
}

function scientific(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const raised = String(Number(exponent)).replace(/[-\d]/g, c => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]);
  return `${trim(mantissa)} × 10${raised}`;
}

function scaled(value, digits, unit) {
  if (SI_UNITS.has(unit)) {
    for (const [scale, prefix] of SI) if (value >= scale) return [fixed(value / scale, digits), prefix];
  } else if (POWERS.has(unit) && value >= 1e5) {
    return [scientific(value, digits), ''];
  } else if (value >= 1e16 || (value > 0 && value < 1e-4)) {
    return [scientific(value, digits), ''];
  } else {
    for (const [least, scale, word] of locale.counts) if (value >= least) return [fixed(value / scale, digits), word];
  }
  return [fixed(value, digits), ''];
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function human(value, unit = '', digits = 3, format = '') {
  if (typeof value === 'string') return value || '–';
  if (typeof value === 'boolean') return value ? locale.yes : locale.no;
  if (value === null || Number.isNaN(value)) return locale.undefined;
  if (unit === 'date') {
    const day = new Date(Math.floor(value) * DAY);
    const month = day.getUTCMonth();
    return fill(locale.date, { day: day.getUTCDate(), month: month + 1, name: locale.months[month], year: day.getUTCFullYear() });
  }
  if (format.endsWith('%')) unit = '%';
  const part = unit === '%' ? value * 100 : value;
  let sign = value < 0 ? '−' : '', number, word = '';
  if (Math.abs(value) === Infinity) return `${sign}∞`;
  if (format && Math.abs(part) < 1e16) [sign, number] = formatted(part, format);
  else [number, word] = scaled(Math.abs(part), digits, unit);
  number = number.replace(/[.,]/g, mark => mark === '.' ? locale.decimal : locale.thousands);
  if (unit === '%') return sign + number + (word ? `${word}%` : locale.percent);
  if (unit === 'x') return `${sign}${number}${word.trim()}×`;
  if (SI_UNITS.has(unit)) return `${sign}${number}${NARROW}${word}${unit}`;
  if (locale.units[unit]) return sign + fill(locale.units[unit], { number: number + word });
  if (unit.startsWith('$')) return `${sign}$${number}${word}${unit.slice(1)}`;
  return `${sign}${number}${word}${unit ? ' ' + unit : ''}`;
}

const plain = text => text.normalize('NFKC').replace(/[\s_]/g, '');
// A text without what groups digits, and with a point before decimals.
const bare = text => plain(text).replaceAll(plain(locale.thousands), '').replaceAll(locale.decimal, '.');
const WORDS = {
  k: 1e3, thousand: 1e3, m: 1e6, million: 1e6, bn: 1e9, b: 1e9, billion: 1e9, tn: 1e12, t: 1e12, trillion: 1e12,
  ...Object.fromEntries(locale.counts.map(([, scale, word]) => [bare(word), scale])),
};

// What a reader typed as a date, as its parts in the order of the year, the month and the day.
function dated(text) {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text.split('-');
  const order = [...locale.date.matchAll(/\{(\w+)\}/g)].map(found => found[1]);
  const escaped = plain(locale.date).replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  const shape = fill(escaped, { day: '(\\d{1,2})', month: '(\\d{1,2})', name: '(\\D+)', year: '(\\d{4})' });
  const found = new RegExp(`^${shape}$`, 'u').exec(text);
  if (!found) return [];
  const parts = Object.fromEntries(order.map((name, i) => [name, found[i + 1]]));
  const month = parts.month ?? 1 + locale.months.findIndex(m => parts.name.toLowerCase().startsWith(plain(m).toLowerCase()));
  return [parts.year, String(month).padStart(2, '0'), parts.day.padStart(2, '0')];
}

// What a reader typed, as a number in the control's unit; NaN if it is not one.
export function typed(text, unit = '') {
  if (unit === 'date') return Date.parse(dated(plain(text)).join('-')) / DAY;
  text = bare(text).replace(/−/g, '-').replace(/^\$/, '').replace(/[×x]10\^?([-\d]+)/, 'e$1').replace(/×$/, '');
  const [, number, rest] = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)$/i.exec(text) || [];
  if (number === undefined) return NaN;
  const ends = [unit, fill(locale.units[unit] ?? '', { number: '' })].map(end => bare(end).replace(/^(\$|x$)/, ''));
  const end = unit === '%' ? '' : ends.find(one => one && rest.endsWith(one)) ?? '';
  let word = rest.slice(0, rest.length - end.length);
  if (unit === '%') {
    const scale = WORDS[word.replace(/%$/, '')] ?? (/^%?$/.test(word) ? 1 : NaN);
    return Number(number) * scale / 100;
  }
  if (word === '') return Number(number);
  if (SI_UNITS.has(unit)) {
    const scale = SI.find(([, prefix]) => prefix === word.replace('μ', 'µ'));
    return scale ? Number(number) * scale[0] : NaN;
  }
  word = WORDS[word] ?? WORDS[word.toLowerCase()];
  return word ? Number(number) * word : NaN;
}
