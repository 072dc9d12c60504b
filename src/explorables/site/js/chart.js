// One chart: shown as drawn until it nears the viewport, then live until it is far away again.

import { _, vega as locale } from './words.js';

let runtime; // Vega, fetched once by whichever chart needs it first

export function vega() {
  if (window.xpVega) return Promise.resolve(window.xpVega); // a saved page has it in itself
  runtime ??= new Promise((resolve, reject) => {
    const own = document.querySelector('script[data-vega]');
    const script = document.createElement('script');
    script.src = new URL(own.dataset.vega, own.src);
    script.integrity = own.dataset.vegaIntegrity;
    script.onload = () => resolve(window.xpVega);
    script.onerror = () => reject(new Error('the chart script could not be loaded'));
    document.head.append(script);
  });
  return runtime;
}

// A Vega specification without marks, run for its signals.
export async function calculator(spec) {
  const { parse, View, expressionInterpreter } = await vega();
  return new View(parse({ ...spec }, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' }).run();
}

const observer = new IntersectionObserver(entries => {
  for (const entry of entries) entry.target.xpChart.near(entry.isIntersecting);
}, { rootMargin: '300px' });

// Farther than a reader scrolls back in a moment, so that a chart is not made anew over and over.
const farObserver = new IntersectionObserver(entries => {
  for (const entry of entries) entry.target.xpChart.far(!entry.isIntersecting);
}, { rootMargin: '2500px' });

const resizes = new ResizeObserver(entries => {
  for (const entry of entries) entry.target.xpChart.resize(entry.contentRect.width);
});

export class Chart {
  // `spec` is the text of the script element with its specification; `signals` gives the settings of the explorer around the chart; `pick` is told the row of a mark that is clicked;
  // `shared` keeps the long columns that charts of the explorer have in common.
  constructor(figure, spec, signals = () => [], pick = () => {}, shared = {}) {
    this.figure = figure;
    this.frame = figure.querySelector('.xp-chart');
    this.spec = JSON.parse(spec);
    Object.assign(this, { signals, pick, shared });
    this.frame.xpChart = this;
    this.details = figure.querySelector('.xp-data');
    this.details.addEventListener('toggle', () => this.fill());
    observer.observe(this.frame);
    farObserver.observe(this.frame);
  }

  near(isNear) {
    this.isNear = isNear;
    if (isNear) this.update();
    else this.release(); // after a jump a chart may be known to be far before it is known not to be near
  }

  far(isFar) {
    this.isFar = isFar;
    this.release();
  }

  // Let go of all but what is on the screen: the drawing stays as it was, and is brought up to date when it nears.
  release() {
    if (!this.isFar || this.isNear || this.details.open || this.figure.dataset.live === undefined) return;
    resizes.unobserve(this.frame);
    this.frame.style.height = `${this.frame.clientHeight}px`;
    this.view.finalize();
    this.view = this.started = undefined;
    delete this.figure.dataset.live;
  }

  async start() {
    const { parse, View, expressionInterpreter, Columns, lift } = await vega();
    this.shared.columns ??= new Columns();
    this.lifted ??= lift(this.spec.vega, this.shared.columns, new Map(this.signals()));
    if (this.width && this.width !== Math.floor(this.frame.clientWidth)) this.frame.style.height = '';
    const stage = document.createElement('div');
    stage.className = 'xp-stage';
    const view = new View(parse(this.lifted.spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'svg', locale });
    view.logger().level(1); // errors only: an empty domain while a slider moves is no news
    view.tooltip(tooltip).initialize(stage).hover();
    view.addEventListener('click', (event, item) => { if (item?.datum) this.pick(item.datum); });
    this.view = view;
    this.filled = false;
    this.width = Math.floor(this.frame.clientWidth);
    if (this.fits) view.width(this.width);
    this.apply();
    await view.runAsync();
    stage.querySelector('svg').setAttribute('aria-hidden', 'true');
    const drawn = this.frame.clientHeight;
    this.frame.replaceChildren(stage);
    if (Math.abs(this.frame.clientHeight - drawn) < 5) this.frame.style.height = `${drawn}px`; // rounding moves nothing
    this.figure.dataset.live = '';
    resizes.observe(this.frame);
    this.release(); // a reader may be far away by now
  }

  get fits() {
    const type = this.spec.vega.autosize?.type ?? this.spec.vega.autosize;
    return type === 'fit' || type === 'fit-x';
  }

  apply() {
    for (const [name, value] of this.signals()) {
      this.view.signal(name, value);
      this.shared.columns.set(name, value);
    }
    for (const { name, update, rows } of this.lifted.tables) {
      if (update() || !this.filled) this.view.data(name, rows());
    }
    this.filled = true;
  }

  // Bring the chart up to the current settings, if a reader can see it.
  update() {
    if (!this.isNear && !this.details.open) return Promise.resolve();
    this.started ??= this.start().catch(error => {
      this.view = null;
      fail(this.figure, error);
    });
    if (this.figure.dataset.live === undefined) return this.started.then(() => this.refresh());
    this.refresh();
    return this.started;
  }

  refresh() {
    if (!this.view) return;
    this.apply();
    this.view.run();
    this.fill();
  }

  resize(width) {
    width = Math.floor(width);
    if (!this.view || !this.fits || width === this.width || width < 50) return;
    this.width = width;
    this.frame.style.height = '';
    this.view.width(width).runAsync();
  }

  rows() {
    return this.spec.data ? this.view.data(this.spec.data) : [];
  }

  // The table of the chart's data, made when a reader opens it.
  fill() {
    if (!this.details.open) return;
    if (!this.view) { this.update(); return; }
    const fields = Object.entries(this.spec.columns);
    const rows = this.rows();
    const table = document.createElement('table');
    const line = (parent, tag, cells) => {
      const row = parent.insertRow();
      for (const text of cells) {
        const cell = document.createElement(tag);
        if (tag === 'th') cell.scope = 'col';
        cell.textContent = text;
        row.append(cell);
      }
    };
    line(table.createTHead(), 'th', fields.map(([, title]) => title));
    const body = table.createTBody();
    const shown = rows.slice(0, 200);
    for (const row of shown) line(body, 'td', fields.map(([field]) => cellText(row[field])));
    const save = document.createElement('a');
    save.textContent = _('Download as CSV ({count} rows)', { count: rows.length });
    save.download = 'chart.csv';
    save.href = 'data:text/csv;charset=utf-8,' + encodeURIComponent(csv(fields, rows));
    const scroll = document.createElement('div');
    scroll.className = 'xp-scroll';
    scroll.tabIndex = 0;
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', _('Data of this chart'));
    scroll.append(table);
    this.details.querySelector('.xp-table').replaceChildren(save, scroll);
  }
}

const cellText = value => value == null ? '' : typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);

function csv(fields, rows) {
  const cell = value => /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = rows.map(row => fields.map(([field]) => cell(String(row[field] ?? ''))).join(','));
  return [fields.map(([, title]) => cell(title)).join(','), ...lines].join('\n');
}

export function fail(element, error) {
  console.error(error);
  const note = document.createElement('p');
  note.className = 'xp-broken';
  note.setAttribute('role', 'status');
  note.textContent = _('This chart is not live: its script failed. It shows the default settings.');
  if (!element.querySelector('.xp-broken')) element.append(note);
}

// A small tooltip that follows the pointer; the chart's data is in the table for everybody else.
let bubble;
function tooltip(handler, event, item, value) {
  if (value == null || value === '') {
    if (bubble) bubble.hidden = true;
    return;
  }
  if (!bubble) {
    bubble = document.createElement('div');
    bubble.className = 'xp-tooltip';
    document.body.append(bubble);
  }
  const lines = typeof value === 'object' ? Object.entries(value).map(([k, v]) => `${k}: ${v}`) : [String(value)];
  bubble.replaceChildren(...lines.map(text => Object.assign(document.createElement('div'), { textContent: text })));
  bubble.hidden = false;
  const right = Math.min(event.pageX + 12, document.documentElement.clientWidth - bubble.offsetWidth - 8);
  bubble.style.left = `${Math.max(4, right)}px`;
  bubble.style.top = `${event.pageY + 16}px`;
}
