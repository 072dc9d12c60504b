// Numbers as people write and type them. The same rules as explorables/explore/format.py; a test compares the two.

import { locale as page, units } from './words.js';

const written = how => Object.keys(units).filter(unit => units[unit] === how);
const SI_UNITS = new Set([...'W Wh J B B/s bit/s Hz V m g t bit J/bit'.split(' '), ...written('si')]);
const POWERS = new Set(written('power'));
const SI = [[1e30, 'Q'], [1e27, 'R'], [1e24, 'Y'], [1e21, 'Z'], [1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'],
  [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'], [1e-15, 'f'], [1e-18, 'a'],
  [1e-21, 'z']];
const NARROW = '\u202f', SPACE = '\u00a0';
const CENTS = 1e-4, ROUNDED = 1e5; // as in Python
const DAY = 86400000;

// How the language of the page writes numbers; English where it says nothing else.
const locale = {
  counts: [[1e12, 1e12, `${SPACE}trillion`], [1e9, 1e9, `${SPACE}billion`], [1e6, 1e6, `${SPACE}million`]],
  decimal: '.',
  thousands: ',',
  percent: `${NARROW}%`,
  date: '{day} {name} {year}',
  months: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),
  yes: 'yes',
  no: 'no',
  undefined: 'not defined',
  units: {},
  cent: '{number} cent',
  cents: '{number} cents',
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
  if (unit === '%' && value >= 1e-4 && value < 1) { // 0.05 % rather than 0.0475 %
    let places = Math.max(digits - 1, 0);
    while (value < Number(`1e-${places}`)) places += 1;
    return [trim(value.toFixed(places)), ''];
  }
  if (SI_UNITS.has(unit)) {
    for (const [scale, prefix] of SI) if (value >= scale) return [fixed(value / scale, digits), prefix];
  } else if (POWERS.has(unit) && value >= 1e5) {
    return [scientific(value, digits), ''];
  } else if (value >= 1e16 || (value > 0 && value < 1e-4)) {
    return [scientific(value, digits), ''];
  } else {
    for (const [least, scale, word] of locale.counts) if (value >= least) return [fixed(value / scale, digits), word];
    if (value >= ROUNDED) return [fixed(Number(value.toPrecision(Math.max(digits, 1))), digits), ''];
  }
  return [fixed(value, digits), ''];
}

const dollars = locale.units.$ ?? '${number}'; // how a number of dollars stands with their sign or their name
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
  const cents = unit.startsWith('$/') && !format && Math.abs(value) >= CENTS && Math.abs(value) < 1;
  const part = unit === '%' || cents ? value * 100 : value;
  let sign = value < 0 ? '−' : '', number, word = '';
  if (Math.abs(value) === Infinity) return `${sign}∞`;
  if (format && Math.abs(part) < 1e16) [sign, number] = formatted(part, format);
  else [number, word] = scaled(Math.abs(part), digits, cents ? '' : unit);
  number = number.replace(/[.,]/g, mark => mark === '.' ? locale.decimal : locale.thousands);
  if (unit === '%') return sign + number + (word ? `${word}%` : locale.percent);
  if (unit === 'x') return `${sign}${number}${word.trim()}×`;
  if (SI_UNITS.has(unit)) return `${sign}${number}${NARROW}${word}${unit}`;
  if (cents) {
    const coin = number === '1' ? locale.cent : locale.cents;
    return sign + fill((locale.units[unit] ?? dollars + unit.slice(1)).replace(dollars, coin), { number });
  }
  if (locale.units[unit]) return sign + fill(locale.units[unit], { number: number + word });
  if (unit.startsWith('$')) return sign + fill(dollars, { number: number + word }) + unit.slice(1);
  return `${sign}${number}${word}${unit ? ' ' + unit : ''}`;
}

// A text in plain characters, raised digits behind a ^, each run of spaces as one.
const plain = text => text.replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, raised => '^' + raised.replace(/./g, c => '-0123456789'['⁻⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c)]))
  .normalize('NFKC').replace(/[−‐‑–]/g, '-').replaceAll('’', "'").replace(/\s+/g, ' ').trim();
const close = text => plain(text).replaceAll(' ', '');
const DOLLARS = close(fill(dollars, { number: '' }));
const THOUSANDS = plain(locale.thousands) || ' ';
const WORDS = {
  k: 1e3, thousand: 1e3, m: 1e6, million: 1e6, bn: 1e9, b: 1e9, billion: 1e9, tn: 1e12, t: 1e12, trillion: 1e12,
  ...Object.fromEntries(locale.counts.map(([, scale, word]) => [close(word), scale])),
};
const COINS = new Set(['c', 'ct', 'cent', 'cents', '¢', ...[locale.cent, locale.cents].map(one => close(fill(one, { number: '' })))]);

// What a reader typed as a date, as its parts in the order of the year, the month and the day.
function dated(text) {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text.split('-').map(Number);
  const order = [...locale.date.matchAll(/\{(\w+)\}/g)].map(found => found[1]);
  const escaped = close(locale.date).replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  const shape = fill(escaped, { day: '(\\d{1,2})', month: '(\\d{1,2})', name: '(\\D+)', year: '(\\d{4})' });
  const found = new RegExp(`^${shape}$`, 'u').exec(text);
  if (!found) return [NaN];
  const parts = Object.fromEntries(order.map((name, i) => [name, found[i + 1]]));
  const month = parts.month ?? 1 + locale.months.findIndex(m => parts.name.toLowerCase().startsWith(close(m).toLowerCase()));
  return [parts.year, month, parts.day].map(Number);
}

function days([year, month, day]) {
  const found = new Date(Date.UTC(year, month - 1, day));
  return found.getUTCMonth() === month - 1 && found.getUTCDate() === day ? found / DAY : NaN;
}

// Digits with points, commas, spaces or apostrophes as JavaScript writes the number; NaN where they could mean two.
// A sign groups only before exactly three digits, as often as it stands there; one that stands once may be the decimal sign.
function numeral(text) {
  const [sign, other, third] = new Set(text.replace(/\d/g, ''));
  const groups = part => new RegExp(`^[1-9]\\d{0,2}(\\${sign}\\d{3})+$`).test(part);
  const whole = part => groups(part) ? part.replaceAll(sign, '') : 'NaN';
  if (!sign) return text;
  const [, head, mark, tail] = /^(.*)([., '])(\d*)$/.exec(text);
  const decimal = /[.,]/.test(mark) && !head.includes(mark);
  if (other) return decimal && tail && !third && groups(head) ? `${whole(head)}.${tail}` : 'NaN';
  return !decimal || mark === THOUSANDS && groups(text) ? whole(text) : `${head}.${tail}`;
}

const NUMBER = /^([-+]?)(\$?) ?([-+]?)(\d[\d., '_]*|[.,]\d+)(?:e([-+]?\d+))?(.*)$/i;

// What a reader typed, as a number in the control's unit; NaN if it is not one, or could be two.
export function typed(text, unit = '') {
  if (unit === 'date') return days(dated(close(text)));
  text = plain(text);
  const power = /^([-+]?)10 ?\^ ?([-+]?\d+)(.*)$/.exec(text);
  if (power) text = `${power[1]}1e${power[2]}${power[3]}`;
  text = text.replace(/ ?[×x*] ?10 ?\^ ?([-+]?\d+)/i, 'e$1');
  const [, sign, , after, digits, exponent = '0', end] = NUMBER.exec(text) ?? [];
  if (digits === undefined || (sign && after)) return NaN;
  // Only here may a number end in what groups: the space before its unit, or a decimal sign without decimals.
  const bare = digits.replace(/ +$/, '').replace(/^(\d+)[.,]$/, '$1').replaceAll('_', "'");
  const value = Number(`${sign}${after}${numeral(bare)}e${exponent}`) * scale(close(end), unit);
  return unit === '%' ? value / 100 : value;
}

// What a word of magnitude or a prefix before a unit stands for; NaN for what is neither.
function scale(text, unit) {
  if (unit === '%') text = text.replace(/%$/, '');
  const money = unit.startsWith('$');
  const ends = [unit, fill(locale.units[unit] ?? '', { number: '' })].map(close);
  const bare = ends.flatMap(one => ['$', DOLLARS].filter(sign => one.startsWith(sign)).map(sign => one.slice(sign.length)));
  const end = [...ends, ...bare, ...money ? ['$', DOLLARS] : [], unit === 'x' && '×']
    .find(one => one && one !== '%' && text.endsWith(one)) ?? '';
  let word = text.slice(0, text.length - end.length);
  if (money && word.endsWith(DOLLARS)) word = word.slice(0, -DOLLARS.length);
  if (word === '') return 1;
  if (SI_UNITS.has(unit)) return SI.find(([, prefix]) => prefix && close(prefix) === word)?.[0] ?? NaN;
  const coin = money && COINS.has(word.toLowerCase());
  return coin ? 0.01 : Number(WORDS[word] ?? WORDS[word.toLowerCase()]);
}
