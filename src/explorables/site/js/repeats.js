// Statements that repeat are sent once, with how often and what changes: see explorables/explore/repeats.py.

const HOLE = /\u2016/g;

function value(series, k) {
  if (typeof series === 'string') return series;
  return String(Array.isArray(series) ? series[0] + k * series[1] : series.values[k]);
}

export function unpacked(statements) {
  return statements.flatMap(one => {
    if (one.times === undefined) return [one];
    return Array.from({ length: one.times }, (_, k) => {
      const values = one.by.map(series => value(typeof series === 'number' ? one.by[series] : series, k));
      let hole = 0;
      return one.of.map(texts => {
        const [name, text] = texts.map(part => part.replace(HOLE, () => values[hole++]));
        return { name, [one.key]: text };
      });
    }).flat();
  });
}
