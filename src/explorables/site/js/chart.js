// One chart: shown as drawn until it nears the viewport, then live until it is far away again.

import { unpacked } from './repeats.js';
import { _, told, vega as locale } from './words.js';

const PAUSES = [0, 400, 1500, 4000]; // ms before each try to fetch Vega: most failures are a moment without a network
const GLOBALS = { vega: 'xpVega', take: 'xpTake', models: 'xpModels' };
const runtimes = {}; // each fetched once, by whatever needs it first

function fetched(own, kind) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script'), name = GLOBALS[kind];
    script.dataset.own = ''; // tried again here, and by nobody else
    script.src = new URL(own.dataset[kind], own.src);
    script.onload = () => window[name] ? resolve(window[name]) : reject(new Error(`the script ${kind} did not run`));
    script.onerror = () => { script.remove(); reject(new Error(`the script ${kind} could not be loaded`)); };
    document.head.append(script);
  });
}

async function persistently(own, kind) {
  let failed;
  for (const pause of PAUSES) {
    if (pause) await Promise.race([new Promise(then => setTimeout(then, pause)), new Promise(then => addEventListener('online', then, { once: true }))]);
    try {
      return await fetched(own, kind);
    } catch (error) {
      failed = error;
    }
  }
  delete runtimes[kind]; // a reader may ask again
  throw failed;
}

// A script that the page can do without at first: Vega (`vega`), what readers take away (`take`), or the functions of its
// explorers (`models`), where these did not come with the page.
export function part(kind) {
  if (window[GLOBALS[kind]]) return Promise.resolve(window[GLOBALS[kind]]); // a saved page has it in itself
  return runtimes[kind] ??= persistently(document.querySelector('script[data-vega]'), kind);
}

export const vega = () => part('vega');

// The expressions of a model that the page brings as data, as earlier states of the tables do, run for the values of their names.
export async function calculator(spec) {
  const { Statements } = await vega();
  return new Statements(unpacked(spec.signals)).run();
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
  // `spec` is the text of the script element with its specification. `host` is the explorer around the chart: its `id`, its
  // settings as `signals` and, where they were changed, as texts in `differing`; `pick` is told the row of a mark that is
  // clicked, `shared` keeps the long columns that its charts have in common, and `words` go above and below a picture.
  constructor(figure, spec, host = {}) {
    this.figure = figure;
    this.frame = figure.querySelector('.xp-chart');
    this.spec = JSON.parse(spec);
    if (this.spec.vega.signals) this.spec.vega.signals = unpacked(this.spec.vega.signals);
    this.said = this.spec.vega.signals?.find(({ name }) => name === 'xp_said')?.value ?? {}; // as explorables.site.spoken
    Object.assign(this, { id: '', signals: () => [], differing: () => [], pick: () => {}, shared: {}, words: () => ({ heads: [], feet: [document.title, location.href] }) }, host);
    this.frame.xpChart = this;
    this.shown = JSON.stringify(this.signals()); // the settings that the drawing stands for
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
    await vega();
    if (!this.view) {
      const stage = this.prepare(), { view } = this;
      await view.runAsync();
      if (this.view === view) this.attach(stage); // a picture that was asked for meanwhile has made another one
    }
    this.release(); // a reader may be far away by now
  }

  // A view with the current settings, and the element that it will be drawn in.
  prepare() {
    const { parse, View, expressionInterpreter, Columns, lift, without } = window.xpVega;
    this.shared.columns ??= new Columns();
    const spec = this.sized();
    this.lifted ??= lift(this.ghost ? window.xpTake.haunted(spec, this.ghost) : spec, this.shared.columns, new Map(this.signals()));
    this.model ??= without(this.lifted.spec);
    if (this.width && this.width !== Math.floor(this.frame.clientWidth)) this.frame.style.height = '';
    const stage = document.createElement('div');
    stage.className = 'xp-stage';
    const view = new View(parse(this.model.spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'svg', locale });
    view.logger().level(1); // errors only: an empty domain while a slider moves is no news
    view.tooltip((handler, event, item, value) => tooltip(event, value, this.said)).initialize(stage).hover();
    view.addEventListener('click', (event, item) => { if (item?.datum) this.pick(item.datum); });
    this.view = view;
    this.filled = false;
    this.width = Math.floor(this.frame.clientWidth);
    if (this.fits) view.width(this.width);
    this.apply();
    return stage;
  }

  // The specification with names at its lines where there is room for them, or else a legend: as explorables.site.names.
  sized() {
    const { vega, ends } = this.spec;
    if (!ends) return vega;
    const named = this.frame.clientWidth >= ends.from;
    if (named !== this.named) this.lifted = this.model = undefined;
    this.named = named;
    if (named) return { ...vega, legends: vega.legends.filter((_, i) => i !== ends.legend), padding: { ...vega.padding, right: ends.right } };
    const kept = one => !one.name?.startsWith('xp_ends');
    return { ...vega, data: vega.data.filter(kept), marks: vega.marks.filter(kept) };
  }

  attach(stage) {
    stage.querySelector('svg').setAttribute('aria-hidden', 'true');
    const drawn = this.frame.clientHeight;
    this.frame.replaceChildren(stage);
    if (Math.abs(this.frame.clientHeight - drawn) < 5) this.frame.style.height = `${drawn}px`; // rounding moves nothing
    this.figure.dataset.live = '';
    this.figure.querySelector(':scope > .xp-broken')?.remove();
    resizes.observe(this.frame);
  }

  // Paper shows what is set now, also where the drawing was left behind out of sight. Vega draws before the browser prints.
  print() {
    if (!window.xpVega || this.shown === JSON.stringify(this.signals())) return;
    if (this.view) {
      this.refresh();
      return;
    }
    this.make();
  }

  make() {
    this.view?.finalize();
    const stage = this.prepare();
    this.view.run();
    this.attach(stage);
    this.started = Promise.resolve();
  }

  // A view of what is set now, also out of sight.
  async ready() {
    await vega();
    if (this.view && this.figure.dataset.live !== undefined) this.refresh();
    else this.make();
  }

  // Keep what is drawn now beneath what will be drawn, or drop what was kept.
  async keep(on) {
    const { kept } = await part('take');
    await this.ready();
    this.ghost = on ? kept(this.model.spec, this.view) : undefined;
    this.lifted = this.model = undefined;
    this.make();
  }

  title() {
    const title = this.figure.querySelector('.xp-chart-title')?.cloneNode(true);
    title?.querySelector('.xp-number')?.remove(); // which is the page's
    return title?.textContent.trim() ?? '';
  }

  // A file of the chart: a picture that says what it shows, or its data.
  async save(kind) {
    const { png, save, svg } = await part('take');
    await this.ready();
    if (kind === 'csv') {
      save(this.csv(), 'text/csv;charset=utf-8', `${this.name()}.csv`);
      return;
    }
    const { heads, feet } = this.words();
    const title = this.title(), subtitle = this.figure.querySelector('.xp-chart-subtitle')?.textContent;
    const made = svg(this.frame.querySelector('.xp-stage svg'), [title || heads[0], ...title ? heads : heads.slice(1), subtitle], feet);
    if (kind === 'svg') save(made.text, 'image/svg+xml', `${this.name()}.svg`);
    else save(await png(made), 'image/png', `${this.name()}.png`);
  }

  csv() {
    const fields = Object.entries(this.spec.columns);
    const lines = this.rows().map(row => fields.map(([field]) => this.written(row, field)));
    return csv([fields.map(([, title]) => title), ...lines]);
  }

  // The drawing as text, if it is up to date: to see whether a move changed it.
  drawing() {
    return this.view && this.shown === JSON.stringify(this.signals()) ? this.frame.innerHTML : undefined;
  }

  get fits() {
    const type = this.spec.vega.autosize?.type ?? this.spec.vega.autosize;
    return type === 'fit' || type === 'fit-x';
  }

  apply() {
    if (bubble) bubble.hidden = true; // its numbers are those of before
    for (const [name, value] of this.signals()) {
      this.view.signal(name, value);
      this.shared.columns.set(name, value);
    }
    const { statements, read } = this.model;
    for (const [name, value] of this.signals()) statements?.signal(name, value);
    statements?.run();
    for (const name of read) {
      const value = statements.signal(name);
      if (!window.xpVega.same(value, this.view.signal(name))) this.view.signal(name, value);
    }
    for (const { name, update, rows } of this.lifted.tables) {
      if (update() || !this.filled) this.view.data(name, rows());
    }
    this.filled = true;
    this.shown = JSON.stringify(this.signals());
  }

  // Bring the chart up to the current settings, if a reader can see it.
  update() {
    if (!this.isNear && !this.details.open) return Promise.resolve();
    this.started ??= this.start().catch(error => {
      this.view = this.started = undefined;
      fail(this.figure, error, () => this.update());
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
    if (this.spec.ends && this.named !== width >= this.spec.ends.from) this.make();
    else this.view.width(width).runAsync();
  }

  // A name for a file of its data: the explorer, the chart's title and what differs from how the page opens.
  name() {
    const page = location.pathname.split('/').at(-1).replace(/\.html$/, '');
    const name = [this.id || page, this.title(), ...this.differing()].filter(Boolean).join(' ');
    return name.replace(/[^\p{L}\p{N}.=+-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 120) || 'chart';
  }

  // A value as a table has it.
  written(row, field) {
    return written(told(this.said, row[field]), this.spec.dates[field]);
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
    for (const row of shown) line(body, 'td', fields.map(([field]) => short(this.written(row, field))));
    const { file, scroll } = this.table ??= this.frameTable();
    file.textContent = _('Download as CSV ({count} rows)', { count: rows.length });
    file.download = `${this.name()}.csv`;
    file.href = 'data:text/csv;charset=utf-8,' + encodeURIComponent(this.csv());
    scroll.replaceChildren(table);
  }

  // What stays around the table while its numbers move, and with it the focus and how far a reader has scrolled.
  frameTable() {
    const file = document.createElement('a');
    const scroll = document.createElement('div');
    scroll.className = 'xp-scroll';
    scroll.tabIndex = 0;
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', _('Data of this chart'));
    const pictures = this.figure.closest('.xp-explorer') ? [] : ['svg', 'png'].map(kind => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = _('Save as {kind}', { kind: kind.toUpperCase() });
      button.addEventListener('click', () => this.save(kind));
      return button;
    });
    this.details.querySelector('.xp-table').replaceChildren(file, ...pictures, scroll);
    return { file, scroll };
  }
}

// A value of a chart's data as a table of it has it: dates as such, numbers too, texts with plain spaces. Dates may be
// numbers of so many milliseconds; their clock, where it is not midnight, is UTC's.
function written(value, unit) {
  if (value == null || Number.isNaN(value)) return '';
  if (unit && typeof value === 'number') value = new Date(Math.floor(value) * unit);
  if (value instanceof Date) return Number.isNaN(+value) ? '' : value.toISOString().replace(/T00:00:00\.000Z$/, '');
  return typeof value === 'number' ? value : String(value).replace(/[\u00a0\u2009\u202f]/g, ' ');
}

const short = value => typeof value === 'number' ? String(Number(value.toPrecision(6))) : value;

// As RFC 4180 has it, with the mark by which spreadsheets know UTF-8.
function csv(lines) {
  const cell = value => /[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
  return '\ufeff' + lines.map(line => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

// Say that something is not live, and offer to try again what may succeed the next time.
export function fail(element, error, again) {
  console.error(error);
  if (element.querySelector(':scope > .xp-broken')) return;
  const note = document.createElement('p');
  note.className = 'xp-broken';
  note.setAttribute('role', 'status');
  note.textContent = _('This chart is not live: its script failed. It shows the default settings.');
  if (again) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = _('Try again');
    button.addEventListener('click', () => {
      note.remove();
      again();
    });
    note.append(' ', button);
  }
  const desk = element.querySelector(':scope > .xp-desk');
  if (desk) desk.before(note);
  else element.append(note);
}

// A small tooltip that follows the pointer; the chart's data is in the table for everybody else.
let bubble;
function tooltip(event, value, said) {
  if (value == null || value === '') {
    if (bubble) bubble.hidden = true;
    return;
  }
  if (!bubble) {
    bubble = document.createElement('div');
    bubble.className = 'xp-tooltip';
    document.body.append(bubble);
  }
  const lines = typeof value === 'object' ? Object.entries(value).map(([k, v]) => `${k}: ${told(said, v)}`) : [told(said, String(value))];
  bubble.replaceChildren(...lines.map(text => Object.assign(document.createElement('div'), { textContent: text })));
  bubble.hidden = false;
  const right = Math.min(event.pageX + 12, document.documentElement.clientWidth - bubble.offsetWidth - 8);
  bubble.style.left = `${Math.max(4, right)}px`;
  bubble.style.top = `${event.pageY + 16}px`;
}
