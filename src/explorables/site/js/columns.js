// Tables of thousands of computed rows, a column at a time. Vega keeps a row as an object and works a formula out for each
// row anew; here a formula is a few loops over arrays of numbers. Equal parts of formulas are one step, also across the
// charts of an explorer, and a step is taken again only when something that it depends on has changed.
// The steps are the same operations of JavaScript, in the same order, as Vega takes: the numbers are the same to the bit.

import { parseExpression } from 'vega-expression';

const LEAST = 20000; // formulas times rows, below which Vega's own way takes a millisecond or two

class Unsupported extends Error {}

// What a step does with a column: loops over rows. An operand that is the same for all rows is an array of one number,
// and a mask of 0 makes every row read it; otherwise the mask is -1.
const COLUMN = {
  '+': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] + b[i & n]; },
  '-': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] - b[i & n]; },
  '*': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] * b[i & n]; },
  '/': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] / b[i & n]; },
  '%': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] % b[i & n]; },
  '<': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] < b[i & n] ? 1 : 0; },
  '<=': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] <= b[i & n] ? 1 : 0; },
  '>': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] > b[i & n] ? 1 : 0; },
  '>=': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] >= b[i & n] ? 1 : 0; },
  '==': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] === b[i & n] ? 1 : 0; },
  '!=': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] !== b[i & n] ? 1 : 0; },
  '&&': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] && b[i & n]; },
  '||': (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = a[i & m] || b[i & n]; },
  min: (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = Math.min(a[i & m], b[i & n]); },
  max: (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = Math.max(a[i & m], b[i & n]); },
  pow: (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = Math.pow(a[i & m], b[i & n]); },
  negative: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = -a[i]; },
  number: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = a[i]; },
  '!': (o, a) => { for (let i = 0; i < o.length; i++) o[i] = a[i] ? 0 : 1; },
  exp: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.exp(a[i]); },
  log: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.log(a[i]); },
  sin: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.sin(a[i]); },
  cos: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.cos(a[i]); },
  tan: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.tan(a[i]); },
  asin: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.asin(a[i]); },
  acos: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.acos(a[i]); },
  atan: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.atan(a[i]); },
  atan2: (o, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = Math.atan2(a[i & m], b[i & n]); },
  sqrt: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.sqrt(a[i]); },
  abs: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.abs(a[i]); },
  floor: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.floor(a[i]); },
  ceil: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.ceil(a[i]); },
  isNaN: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Number.isNaN(a[i]) ? 1 : 0; },
  isFinite: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Number.isFinite(a[i]) ? 1 : 0; },
  '?': (o, t, l, a, m, b, n) => { for (let i = 0; i < o.length; i++) o[i] = t[i & l] ? a[i & m] : b[i & n]; },
};

// The same for a value that no row enters: a number, a truth value or a text.
const SINGLE = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b,
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
  '==': (a, b) => a == b, '!=': (a, b) => a != b, '&&': (a, b) => a && b, '||': (a, b) => a || b,
  min: Math.min, max: Math.max, pow: Math.pow, negative: a => -a, number: a => +a, '!': a => !a,
  exp: Math.exp, log: Math.log, sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  atan2: Math.atan2, sqrt: Math.sqrt, abs: Math.abs, floor: Math.floor,
  ceil: Math.ceil, isNaN: Number.isNaN, isFinite: Number.isFinite, '?': (t, a, b) => t ? a : b,
};

const FUNCTIONS = new Set(['exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sqrt', 'abs', 'floor', 'ceil', 'pow', 'min', 'max', 'isNaN', 'isFinite']);
const UNARY = { '-': 'negative', '+': 'number', '!': '!' };
const CONSTANTS = { NaN: NaN, Infinity: Infinity };

// The steps of an explorer's tables. `set` changes an input; `values` of a list of steps brings them up to date.
export class Columns {
  constructor() {
    this.steps = new Map();
    this.inputs = new Map();
    this.now = 1;
  }

  // A step with these arguments, made once. `changed` is when its value became what it is, `seen` when that was looked at.
  step(op, args, rows, extra = '') {
    const key = `${op}|${args.map(arg => arg.id).join(',')}|${rows}|${extra}`;
    let found = this.steps.get(key);
    if (!found) this.steps.set(key, found = { id: this.steps.size, op, args, rows, text: false, changed: 0, seen: 0, value: undefined, array: undefined });
    return found;
  }

  constant(value) {
    return this.known(this.step('constant', [], 0, `${typeof value} ${value}`), value);
  }

  known(step, value) {
    if (step.changed === 0) Object.assign(step, { value, array: Float64Array.of(+value), text: typeof value === 'string', changed: this.now });
    return step;
  }

  input(name, value) {
    if (!this.inputs.has(name)) this.inputs.set(name, this.known(this.step('input', [], 0, name), value));
    return this.inputs.get(name);
  }

  set(name, value) {
    const step = this.inputs.get(name);
    if (step && !Object.is(step.value, value)) Object.assign(step, { value, array: Float64Array.of(+value), changed: ++this.now });
  }

  count(rows, start, by) {
    const step = this.step('count', [], rows, `${start} ${by}`);
    if (step.changed === 0) Object.assign(step, { array: Float64Array.from({ length: rows }, (_, i) => start + i * by), changed: this.now });
    return step;
  }

  // The step that computes an expression, given the steps of columns and of signals by name.
  made(node, column, signal) {
    const make = part => this.made(part, column, signal);
    const op = (name, parts) => {
      const args = parts.map(make), rows = Math.max(...args.map(arg => arg.rows));
      if (rows && args.some(arg => arg.text)) throw new Unsupported('text in a row');
      const made = this.step(name, args, rows);
      made.text ||= name === '?' && args.slice(1).some(arg => arg.text);
      return made;
    };
    switch (node.type) {
      case 'Literal':
        if (node.regex) break;
        return this.constant(node.value);
      case 'Identifier':
        return node.name in CONSTANTS ? this.constant(CONSTANTS[node.name]) : signal(node.name);
      case 'MemberExpression':
        if (node.object.type !== 'Identifier' || node.object.name !== 'datum') break;
        return column(node.computed ? node.property.value : node.property.name);
      case 'CallExpression':
        if (!FUNCTIONS.has(node.callee.name) || node.arguments.length > 2) break;
        return op(node.callee.name, node.arguments);
      case 'BinaryExpression': case 'LogicalExpression':
        if (!(node.operator in COLUMN)) break;
        return op(node.operator, [node.left, node.right]);
      case 'UnaryExpression':
        if (!(node.operator in UNARY)) break;
        return op(UNARY[node.operator], [node.argument]);
      case 'ConditionalExpression':
        return op('?', [node.test, node.consequent, node.alternate]);
    }
    throw new Unsupported(node.type);
  }

  // All steps that lead to these, arguments first.
  order(wanted) {
    const seen = new Set(), order = [];
    const visit = step => {
      if (seen.has(step)) return;
      seen.add(step);
      step.args.forEach(visit);
      order.push(step);
    };
    wanted.forEach(visit);
    return order;
  }

  // Take those steps of an order again that depend on what has changed.
  update(order) {
    for (const step of order) {
      const { args } = step;
      if (args.length === 0 || !args.some(arg => arg.changed > step.seen)) continue;
      step.seen = this.now;
      if (step.rows === 0) {
        const value = SINGLE[step.op](...args.map(arg => arg.value));
        if (Object.is(value, step.value)) continue;
        Object.assign(step, { value, array: Float64Array.of(+value) });
      } else {
        step.array ??= new Float64Array(step.rows);
        const [a, b, c] = args, mask = arg => arg.rows ? -1 : 0;
        if (c) COLUMN[step.op](step.array, a.array, mask(a), b.array, mask(b), c.array, mask(c));
        else if (b) COLUMN[step.op](step.array, a.array, mask(a), b.array, mask(b));
        else COLUMN[step.op](step.array, a.array);
      }
      step.changed = this.now;
    }
  }
}

// Put numbers that belong at some places of the ordered array there, smaller ones before them and larger ones behind: what
// sorting would do, without ordering what lies between. Places are in order; `left` and `right` are the ends, both included.
function arrange(array, places, left, right) {
  while (places.length && right - left > 12) {
    // Hoare's partition about the middle of three.
    const middle = (left + right) >> 1;
    const [x, y, z] = [array[left], array[middle], array[right]];
    const pivot = Math.max(Math.min(x, y), Math.min(Math.max(x, y), z));
    let i = left, j = right;
    while (i <= j) {
      while (array[i] < pivot) i++;
      while (array[j] > pivot) j--;
      if (i <= j) {
        const kept = array[i];
        array[i++] = array[j];
        array[j--] = kept;
      }
    }
    arrange(array, places.filter(place => place <= j), left, j);
    places = places.filter(place => place >= i);
    left = i;
  }
  if (places.length) array.subarray(left, right + 1).sort();
}

// Quantiles as Vega's transform of that name has them: of numbers only, what lies between two of them interpolated.
function quantiles(column, probs) {
  const numbers = new Float64Array(column.length);
  let last = -1;
  for (let i = 0; i < column.length; i++) if (!Number.isNaN(column[i])) numbers[++last] = column[i];
  const at = probs.map(p => last * p), low = at.map(Math.floor);
  const places = [...new Set(low.flatMap(place => [place, Math.min(place + 1, last)]))].sort((a, b) => a - b);
  arrange(numbers, places, 0, last);
  return low.map((place, i) => place < last ? numbers[place] + (numbers[place + 1] - numbers[place]) * (at[i] - place) : numbers[place]);
}

function mean(column) {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += column[i];
  return sum / column.length;
}

// The end of the transforms that `lift` takes over: columns are folded, then summarised by their names. Each gives, for its
// parameters, what to compute of a column and the rows that say so.
const SUMMARIES = {
  quantile: ({ field, groupby, probs, as = ['prob', 'value'] }, [key, value]) => field === value && `${groupby}` === key && probs && {
    numbers: column => quantiles(column, probs),
    rows: (name, numbers) => numbers.map((number, i) => ({ [key]: name, [as[0]]: probs[i], [as[1]]: number })),
  },
  aggregate: ({ fields, groupby, ops, as }, [key, value]) => `${fields}` === value && `${groupby}` === key && `${ops}` === 'mean' && {
    numbers: column => mean(column),
    rows: (name, number) => [{ [key]: name, [as[0]]: number }],
  },
};

// Take long tables that are only summarised out of a specification. Gives the specification that is left, with empty tables,
// and for each of them its name, `update`, which brings it to the inputs of `columns` and says whether that changed it, and
// `rows`, which makes its rows.
export function lift(spec, columns, inputs) {
  const tables = [];
  const data = spec.data.map(entry => {
    const table = lifted(entry, spec.signals ?? [], columns, inputs);
    if (!table) return entry;
    tables.push({ name: entry.name, ...table });
    return { name: entry.name, transform: table.rest };
  });
  return { spec: tables.length ? { ...spec, data } : spec, tables };
}

function lifted({ source, values, url, transform = [] }, signals, columns, inputs) {
  const [sequence, ...steps] = transform;
  if (source || values || url || sequence?.type !== 'sequence') return;
  const end = steps.findIndex(step => step.type !== 'formula');
  const [project, fold, last] = steps.slice(Math.max(end, 0));
  const names = fold?.as ?? ['key', 'value'];
  if (project?.type !== 'project' || fold?.type !== 'fold' || !(last?.type in SUMMARIES)) return;
  const summary = SUMMARIES[last.type](last, names);
  const { start = 0, stop, step: by = 1 } = sequence;
  const rows = Math.ceil((stop - start) / by);
  if (!summary || !(rows * end >= LEAST)) return;
  try {
    const found = new Map([[sequence.as ?? 'data', columns.count(rows, start, by)]]);
    const get = (from, name) => {
      if (!from.has(name)) throw new Unsupported(name);
      return from.get(name);
    };
    const named = new Map();
    const signal = name => {
      if (inputs.has(name)) return columns.input(name, inputs.get(name));
      if (!named.has(name)) {
        const { update } = signals.find(item => item.name === name) ?? {};
        if (update === undefined) throw new Unsupported(name);
        named.set(name, columns.made(parseExpression(update), column => get(new Map(), column), signal));
      }
      return named.get(name);
    };
    for (const { expr, as } of steps.slice(0, end)) found.set(as, columns.made(parseExpression(expr), name => get(found, name), signal));
    const wanted = fold.fields.map(name => get(found, name));
    if (wanted.some(step => step.rows !== rows)) return;
    const order = columns.order(wanted), numbers = [];
    let seen = 0;
    return {
      rest: steps.slice(end + 3),
      update() {
        columns.update(order);
        const moved = wanted.some(step => step.changed > seen);
        wanted.forEach((step, i) => { if (step.changed > seen) numbers[i] = summary.numbers(step.array); });
        seen = columns.now;
        return moved;
      },
      rows: () => fold.fields.flatMap((name, i) => summary.rows(name, numbers[i])),
    };
  } catch (error) {
    if (error instanceof Unsupported) return; // Vega can do it, more slowly
    throw error;
  }
}
