// Vega's runtime for pages whose charts were compiled to Vega when the book was built: no parser of
// Vega-Lite, no maps, no layouts of graphs, and expressions run by the interpreter instead of as code.
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import { parse } from 'vega-parser';
import * as data from 'vega-transforms';
import * as view from 'vega-view-transforms';
import { View } from 'vega-view';
import { Columns, lift } from './columns.js';
import { expressionInterpreter } from './interpreter.js';
import { Statements, same, without } from './statements.js';

Object.assign(transforms, data, view, encode);

window.xpVega = { parse, View, expressionInterpreter, Columns, lift, Statements, without, same };
