// The named expressions of a chart's model, run one after the other. Vega would keep each as an operator of its dataflow, which for
// a thousand steps of a recurrence takes longer than to compute them.
import { parseExpression } from 'vega-expression';

import { expressionInterpreter } from './interpreter.js';

const OWN = /^[sv]\d+$/; // the names that explorables gives to expressions

export class Statements {
  constructor(signals) {
    this.values = {};
    this.steps = [];
    for (const { name, value, update } of signals) {
      if (update === undefined) this.values['$' + name] = value;
      else this.steps.push(['$' + name, expressionInterpreter.operator({ functions: {} }, { ast: parseExpression(update) })]);
    }
  }

  // The value of a name, set to another one if that is given.
  signal(name, value) {
    if (value === undefined) return this.values['$' + name];
    this.values['$' + name] = value;
    return this;
  }

  run() {
    for (const [key, step] of this.steps) this.values[key] = step(this.values);
    return this;
  }
}

// Take the model's expressions out of a specification. Gives the specification that is left, the expressions, and the names
// of those that its tables and marks read.
export function without(spec) {
  const model = spec.signals?.filter(({ name, update }) => OWN.test(name) && update !== undefined) ?? [];
  if (!model.length) return { spec, read: [] };
  const inputs = spec.signals.filter(({ name }) => name.startsWith('in_'));
  const statements = new Statements([...inputs, ...model]).run();
  const rest = spec.signals.filter(signal => !model.includes(signal));
  const used = new Set(JSON.stringify({ ...spec, signals: rest }).match(/\b[sv]\d+\b/g));
  const read = model.map(({ name }) => name).filter(name => used.has(name));
  return { spec: { ...spec, signals: [...rest, ...read.map(name => ({ name, value: statements.signal(name) }))] }, statements, read };
}

// Whether two values are the same to whoever reads them; arrays by their entries.
export function same(a, b) {
  return Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((value, i) => Object.is(value, b[i])) : Object.is(a, b);
}
