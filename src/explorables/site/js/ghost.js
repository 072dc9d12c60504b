// What a chart showed at settings that a reader keeps, drawn beneath what it shows now, on the same scales.

const SUFFIX = '_kept', MOST = 4000; // rows of a table that are worth keeping
const OWN = ['width', 'height', 'padding', 'autosize', 'background'];
const NUMBERS = ['linear', 'log', 'pow', 'sqrt', 'symlog', 'time', 'utc'];

// Tables and signals of a chart as they stand.
export function kept(spec, view) {
  const data = spec.data.map(({ name }) => [name, view.data(name)]).filter(([, rows]) => rows && rows.length <= MOST);
  const signals = (spec.signals ?? []).filter(({ name }) => !OWN.includes(name)).map(({ name }) => [name, view.signal(name)]);
  return {
    data: new Map(data.map(([name, rows]) => [name, rows.map(row => Object.fromEntries(Object.entries(row)))])),
    signals: new Map(signals.filter(([, value]) => value === null || typeof value !== 'object')),
  };
}

// The specification with these drawn beneath it; charts put together of several are left as they are.
export function haunted(spec, { data, signals }) {
  if (spec.layout) return spec;
  const facets = new Set();
  // Names of signals stand bare in an expression, those of tables in quotation marks.
  const renamed = text => text.split(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/).map((part, i) => i % 2
    ? data.has(part.slice(1, -1)) ? `${part.slice(0, -1)}${SUFFIX}${part.at(-1)}` : part
    : part.replace(/(?<![\w.])[A-Za-z_]\w*/g, name => signals.has(name) ? name + SUFFIX : name)).join('');
  const copied = (part, key) => {
    if (Array.isArray(part)) return part.map(one => copied(one));
    if (part && typeof part === 'object') return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, copied(value, name)]));
    if (typeof part !== 'string') return part;
    if (key === 'signal' || key === 'expr' || key === 'test' || key === 'update') return renamed(part);
    return key === 'data' && (data.has(part) || facets.has(part)) ? part + SUFFIX : part;
  };
  const numbers = new Set((spec.scales ?? []).filter(scale => NUMBERS.includes(scale.type)).map(scale => scale.name));
  const table = mark => mark.type === 'rect' && ['fill', 'stroke'].some(name => numbers.has(mark.encode?.update?.[name]?.scale));
  const faded = mark => {
    const { from } = mark;
    if (mark.type === 'text' || mark.type === 'image' || mark.name?.startsWith('xp_ends') || table(mark)) return [];
    if (mark.type === 'group') {
      if (!from?.facet || !data.has(from.facet.data)) return [];
      facets.add(from.facet.name);
      const inside = (mark.marks ?? []).flatMap(faded);
      const group = copied({ ...mark, marks: [] });
      group.from.facet.name += SUFFIX;
      return [{ ...group, name: mark.name && mark.name + SUFFIX, marks: inside, interactive: false }];
    }
    if (!from?.data || !(data.has(from.data) || facets.has(from.data))) return [];
    const made = copied(mark), update = made.encode?.update ?? {};
    for (const set of Object.values(made.encode ?? {})) for (const name of ['tooltip', 'href', 'cursor', 'description']) delete set[name];
    if (mark.type === 'rect' || mark.type === 'arc') Object.assign(update, { fill: { value: 'transparent' }, stroke: { value: 'var(--xp-text, #1f2933)' }, strokeWidth: { value: 1.2 } });
    if (mark.type === 'symbol') Object.assign(update, { fillOpacity: { value: 0.3 }, opacity: { value: 0.5 } });
    else Object.assign(update, { strokeDash: { value: [4, 3] }, opacity: { value: mark.type === 'area' ? 0.18 : 0.6 } });
    return [{ ...made, name: mark.name && mark.name + SUFFIX, encode: { ...made.encode, update }, interactive: false, aria: false }];
  };
  const under = spec.marks.flatMap(faded), over = under.filter(mark => mark.type === 'rect');
  // Scales that follow the numbers make room for both.
  const scales = (spec.scales ?? []).map(scale => {
    const { domain } = scale;
    if (!NUMBERS.includes(scale.type) || !domain || Array.isArray(domain) || domain.signal) return scale;
    const { data: table, field, fields: several = [field] } = domain;
    const fields = several.map(one => table === undefined ? one : { data: table, field: one });
    const more = fields.filter(field => data.has(field.data)).map(field => ({ ...field, data: field.data + SUFFIX }));
    return more.length && fields.every(field => !field.sort) ? { ...scale, domain: { fields: [...fields, ...more] } } : scale;
  });
  return {
    ...spec,
    signals: [...(spec.signals ?? []), ...[...signals].map(([name, value]) => ({ name: name + SUFFIX, value }))],
    data: [...spec.data, ...[...data].map(([name, values]) => ({ name: name + SUFFIX, values }))],
    scales,
    marks: [...under.filter(mark => !over.includes(mark)), ...spec.marks, ...over],
  };
}
