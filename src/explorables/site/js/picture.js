// A chart as a picture that can stand alone: with its title, the settings, the source and the address written on it.

const WIDE = 720, EDGE = 20; // CSS pixels
const FONT = 'system-ui, sans-serif';
const INK = '#1f2933', FAINT = '#52606d';
const SHARP = 2; // pixels of a PNG for one of CSS

const escaped = text => text.replace(/[&<>"]/g, letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]);

// A text in lines that fit: broken at spaces, between letters of scripts that have none, and within what is longer than a line.
function wrapped(text, wide, width) {
  const lines = [''];
  for (const part of text.match(/\p{Script=Han}|[ \n]+|[^ \n\p{Script=Han}]+/gu) ?? []) {
    const last = lines.at(-1);
    if (width(last + part) <= wide) lines[lines.length - 1] += part;
    else if (width(part) <= wide) lines.push(part.trimStart());
    else {
      for (const letter of part) {
        if (width(lines.at(-1) + letter) > wide) lines.push('');
        lines[lines.length - 1] += letter;
      }
    }
  }
  return lines.filter(line => line.trim());
}

// The drawing itself, on paper: colours are the style sheet's variables, each with its value for light beside it.
function drawing(svg) {
  const copy = svg.cloneNode(true), box = svg.viewBox.baseVal;
  const [width, height] = box?.width ? [box.width, box.height] : [Number(svg.getAttribute('width')), Number(svg.getAttribute('height'))];
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  for (const name of ['aria-hidden', 'class', 'style']) copy.removeAttribute(name);
  // Programs that read SVG 1.1 alone, among them those that make slides, paint what is "transparent" black.
  for (const name of ['fill', 'stroke']) for (const part of copy.querySelectorAll(`[${name}="transparent"]`)) part.setAttribute(name, 'none');
  return { width, height, text: new XMLSerializer().serializeToString(copy).replace(/var\(--xp-[\w-]+,\s*([^()]+)\)/g, '$1') };
}

// `heads` stand above the drawing, the first one large; `feet` below it. Gives the text of an SVG and its size.
export function svg(element, heads, feet) {
  const chart = drawing(element), wide = Math.max(WIDE, chart.width) + 2 * EDGE;
  const pen = document.createElement('canvas').getContext('2d');
  let y = EDGE, body = '';
  const write = (text, size, weight, colour) => {
    pen.font = `${weight} ${size}px ${FONT}`;
    for (const line of wrapped(text, wide - 2 * EDGE, words => pen.measureText(words).width)) {
      y += Math.round(size * 1.3);
      body += `<text x="${EDGE}" y="${y - Math.round(size * 0.3)}" font-family="${FONT}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(line)}</text>`;
    }
  };
  heads.filter(Boolean).forEach((text, i) => write(text, i ? 13 : 18, i ? 400 : 600, i ? FAINT : INK));
  y += 10;
  body += `<svg x="${EDGE}" y="${y}"${chart.text.replace(/^<svg/, '')}`;
  y += chart.height + 10;
  feet.filter(Boolean).forEach(text => write(text, 12, 400, FAINT));
  const tall = y + EDGE;
  return {
    wide, tall,
    text: `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}"><rect width="${wide}" height="${tall}" fill="#ffffff"/>${body}</svg>`,
  };
}

export async function png({ text, wide, tall }) {
  const image = new Image();
  await new Promise((loaded, failed) => {
    image.onload = loaded;
    image.onerror = () => failed(new Error('the picture could not be drawn'));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  });
  const canvas = Object.assign(document.createElement('canvas'), { width: wide * SHARP, height: tall * SHARP });
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise(made => canvas.toBlob(made, 'image/png'));
}

export function save(content, type, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
