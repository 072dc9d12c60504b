// Numbers as people write and type them. The same rules as hardware_phase/explore/format.py; a test compares the two.

const SI_UNITS = new Set(
  ('W Wh J B B/s bit/s FLOP/s FLOP/J FLOP/s/W OP/s Hz m g t bit J/FLOP J/bit FLOP/$ FLOP/s/$').split(' '));
const SI = [[1e30, 'Q'], [1e27, 'R'], [1e24, 'Y'], [1e21, 'Z'], [1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'],
  [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'], [1e-15, 'f'], [1e-18, 'a'],
  [1e-21, 'z']];
const COUNTS = [[1e12, 'tn'], [1e9, 'bn'], [1e6, 'm'], [1e5, 'k']];
const NARROW = '\u202f';
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAY = 86400000;

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
  } else if (unit === 'FLOP' && value >= 1e5) {
    return [scientific(value, digits), ''];
  } else if (value >= 1e16 || (value > 0 && value < 1e-4)) {
    return [scientific(value, digits), ''];
  } else {
    for (const [scale, word] of COUNTS) {
      if (value >= scale) return [fixed(value / (word === 'k' ? 1e3 : scale), digits), word];
    }
  }
  return [fixed(value, digits), ''];
}

export function human(value, unit = '', digits = 3, format = '') {
  if (typeof value === 'string') return value || '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null || Number.isNaN(value)) return 'not defined';
  if (unit === 'date') {
    const day = new Date(Math.floor(value) * DAY);
    return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
  }
  if (format.endsWith('%')) unit = '%';
  const part = unit === '%' ? value * 100 : value;
  let sign = value < 0 ? '−' : '', number, prefix = '';
  if (Math.abs(value) === Infinity) return `${sign}∞`;
  if (format && Math.abs(part) < 1e16) [sign, number] = formatted(part, format);
  else [number, prefix] = scaled(Math.abs(part), digits, unit);
  if (unit === '%') return `${sign}${number}${NARROW}${prefix}%`;
  if (unit === 'x') return `${sign}${number}${prefix}×`;
  const word = prefix ? NARROW + prefix : '';
  if (unit.startsWith('$')) return `${sign}$${number}${word}${unit.slice(1)}`;
  if (SI_UNITS.has(unit)) return `${sign}${number}${NARROW}${prefix}${unit}`;
  return `${sign}${number}${word}${unit ? ' ' + unit : ''}`;
}

const WORDS = { k: 1e3, thousand: 1e3, m: 1e6, million: 1e6, bn: 1e9, b: 1e9, billion: 1e9, tn: 1e12, t: 1e12, trillion: 1e12 };

// What a reader typed, as a number in the control's unit; NaN if it is not one.
export function typed(text, unit = '') {
  text = text.normalize('NFKC').replace(/[\s,_]/g, '').replace(/−/g, '-');
  if (unit === 'date') {
    const parts = /^(\d{1,2})([A-Za-z]{3})[A-Za-z]*(\d{4})$/.exec(text);
    const iso = parts ? `${parts[3]}-${String(1 + MONTHS.findIndex(m => m.toLowerCase() === parts[2].toLowerCase())).padStart(2, '0')}-${parts[1].padStart(2, '0')}` : text;
    return /^\d{4}-\d\d-\d\d$/.test(iso) ? Date.parse(iso) / DAY : NaN;
  }
  text = text.replace(/^\$/, '').replace(/[×x]10\^?([-\d]+)/, 'e$1').replace(/×$/, '');
  const [, number, rest] = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)$/i.exec(text) || [];
  if (number === undefined) return NaN;
  const plain = unit.replace(/[\s,_]/g, '').replace(/^(\$|x$)/, '');
  let word = rest.endsWith(plain) && plain !== '%' ? rest.slice(0, rest.length - plain.length) : rest;
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
