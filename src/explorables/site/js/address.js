// The part of an address after its question mark. A plus is a plus, as people type and paste it, and a space is %20.

const decoded = text => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lonely per cent sign
  }
};

// Names and values, in their order.
export function parameters(search) {
  return search.replace(/^\?/, '').split('&').filter(Boolean).map(pair => {
    const [name, ...rest] = pair.split('=');
    return [decoded(name), decoded(rest.join('='))];
  });
}

// An address with these values besides those that it has; what is undefined is taken out.
export function withParameters(href, values) {
  const url = new URL(href), left = new Map(Object.entries(values));
  const pairs = url.search.replace(/^\?/, '').split('&').filter(Boolean).flatMap(pair => {
    const name = decoded(pair.split('=')[0]);
    if (!Object.hasOwn(values, name)) return [pair];
    const value = left.get(name);
    left.delete(name);
    return value === undefined ? [] : [written(name, value)];
  });
  url.search = [...pairs, ...[...left].filter(([, value]) => value !== undefined).map(pair => written(...pair))].join('&');
  return url;
}

const written = (name, value) => [name, value].map(text => encodeURIComponent(text).replace(/%(2C|3A|2F|24|40)/g, decodeURIComponent)).join('=');
