// Runs Vega's parsed expressions without generating code, as vega-interpreter does, but turns each expression into
// nested functions once instead of walking its tree for every row. Functions and operators are that package's own.
import adjustSpatial from './node_modules/vega-interpreter/src/adjust-spatial.js';
import constants from './node_modules/vega-interpreter/src/constants.js';
import functions from './node_modules/vega-interpreter/src/functions.js';
import binary from './node_modules/vega-interpreter/src/ops-binary.js';
import unary from './node_modules/vega-interpreter/src/ops-unary.js';
import { DisallowedObjectProperties } from 'vega-util';

const EVENT_FUNCTIONS = ['view', 'item', 'group', 'xy', 'x', 'y'];
const FORBIDDEN = new Set([Function, eval, setTimeout, setInterval]);

const allowed = value => {
  if (typeof value === 'function' && FORBIDDEN.has(value)) throw new Error('this expression would run code');
  return value;
};

// The operators that models use most, without a detour through a table.
const OPERATORS = {
  '+': (a, b) => s => a(s) + b(s),
  '-': (a, b) => s => a(s) - b(s),
  '*': (a, b) => s => a(s) * b(s),
  '/': (a, b) => s => a(s) / b(s),
  '<': (a, b) => s => a(s) < b(s),
  '<=': (a, b) => s => a(s) <= b(s),
  '>': (a, b) => s => a(s) > b(s),
  '>=': (a, b) => s => a(s) >= b(s),
};

const NODES = {
  Literal(node) {
    const { value, regex } = node;
    if (regex && value && (value.global || value.sticky)) return () => new RegExp(regex.pattern, regex.flags);
    return () => value;
  },

  Identifier({ name }) {
    if (name === 'datum') return s => s.datum;
    if (name === 'event') return s => s.event;
    if (name === 'item') return s => s.item;
    if (Object.hasOwn(constants, name)) return () => constants[name];
    const key = '$' + name;
    return s => s.params[key];
  },

  MemberExpression(node, scope) {
    const object = compile(node.object, scope);
    if (!node.computed || node.property.type === 'Literal') {
      const key = node.computed ? node.property.value : node.property.name;
      return s => allowed(object(s)[key]);
    }
    const property = compile(node.property, scope);
    return s => allowed(object(s)[property(s)]);
  },

  CallExpression(node, scope) {
    const args = node.arguments.map(arg => compile(arg, scope));
    const [a, b, c] = args;
    const name = node.callee.name.replace(/^_/, '');
    if (name === 'if') return s => a(s) ? b(s) : c(s);
    const call = scope[name] || functions[name];
    if (args.length === 1) return s => call.call(scope, a(s));
    if (args.length === 2) return s => call.call(scope, a(s), b(s));
    return s => call.apply(scope, args.map(arg => arg(s)));
  },

  ArrayExpression(node, scope) {
    const elements = node.elements.map(element => compile(element, scope));
    return s => elements.map(element => element(s));
  },

  BinaryExpression({ operator, left, right }, scope) {
    const a = compile(left, scope), b = compile(right, scope), apply = binary[operator];
    return OPERATORS[operator]?.(a, b) ?? (s => apply(a(s), b(s)));
  },

  UnaryExpression({ operator, argument }, scope) {
    const a = compile(argument, scope), apply = unary[operator];
    return s => apply(a(s));
  },

  ConditionalExpression({ test, consequent, alternate }, scope) {
    const a = compile(test, scope), b = compile(consequent, scope), c = compile(alternate, scope);
    return s => a(s) ? b(s) : c(s);
  },

  LogicalExpression({ operator, left, right }, scope) {
    const a = compile(left, scope), b = compile(right, scope);
    return operator === '&&' ? s => a(s) && b(s) : s => a(s) || b(s);
  },

  ObjectExpression({ properties }, scope) {
    const pairs = properties.map(({ key, value }) => [key.name ?? key.value, compile(value, scope)]);
    for (const [key] of pairs) {
      if (DisallowedObjectProperties.has(key)) throw new Error(`this expression may not set ${key}`);
    }
    return s => Object.fromEntries(pairs.map(([key, value]) => [key, allowed(value(s))]));
  },
};

function compile(node, scope) {
  return NODES[node.type](node, scope);
}

// An expression as a function of its parameters, row, event and item.
function runner({ ast }, { functions: context }) {
  const state = { params: undefined, datum: undefined, event: undefined, item: undefined };
  const scope = Object.create(context);
  for (const name of EVENT_FUNCTIONS) scope[name] = (...args) => state.event.vega[name](...args);
  const run = compile(ast, scope);
  return (params, datum, event, item) => {
    state.params = params;
    state.datum = datum;
    state.event = event;
    state.item = item;
    return run(state);
  };
}

// The interface that Vega's runtime asks for.
export const expressionInterpreter = {
  operator(context, expression) {
    const run = runner(expression, context);
    return params => run(params);
  },

  parameter(context, expression) {
    const run = runner(expression, context);
    return (datum, params) => run(params, datum);
  },

  event(context, expression) {
    const run = runner(expression, context);
    return event => run(undefined, undefined, event);
  },

  handler(context, expression) {
    const run = runner(expression, context);
    return (params, event) => run(params, event.item && event.item.datum, event);
  },

  encode(context, { marktype, channels }) {
    const runs = Object.entries(channels).map(([name, channel]) => [name, runner(channel, context)]);
    const swap = marktype === 'group' || marktype === 'image' || marktype === 'rect';
    return (item, params) => {
      let changed = 0;
      for (const [name, run] of runs) {
        const value = run(params, item.datum, undefined, item);
        if (item[name] !== value) {
          item[name] = value;
          changed = 1;
        }
      }
      if (marktype !== 'rule') adjustSpatial(item, channels, swap);
      return changed;
    };
  },
};
