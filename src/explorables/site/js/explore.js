// Explorers on a page: native controls, the address, presets, readouts; the charts follow.

import { parameters, withParameters } from './address.js';
import { Chart, calculator, fail, part, vega } from './chart.js';
import { human, typed } from './format.js';
import { embedded } from './frame.js';
import { Sentence, write } from './sentence.js';
import { holdStill } from './touch.js';
import { _, told } from './words.js';

// Which release of the tables the page is of; an address with settings says it, and where there are no releases nothing does.
const TABLES = 'tables', tables = document.querySelector('script[data-vega]')?.dataset.tables;

const round = (value, digits) => Number(value.toPrecision(digits));

// Positions of a slider's handle and the values they stand for.
class Scale {
  constructor({ min, max, step, log }, last) {
    Object.assign(this, { min, max, step, log, last });
    // Three digits, and more where bounds are near to each other: from 1000 to 1010 these would be two values.
    const ratio = Math.max(Math.abs(min), Math.abs(max)) / (max - min);
    this.digits = ratio > 2 ? 3 + Math.ceil(Math.log10(ratio)) : 3;
  }

  value(position) {
    if (position <= 0) return this.min;
    if (position >= this.last) return this.max;
    if (this.log) return round(this.min * (this.max / this.min) ** (position / this.last), this.digits);
    const value = this.min + position * (this.step ?? (this.max - this.min) / this.last);
    return Math.min(this.max, round(value, this.step ? 12 : this.digits));
  }

  position(value) {
    const part = this.log
      ? Math.log(value / this.min) / Math.log(this.max / this.min) * this.last
      : (value - this.min) / (this.step ?? (this.max - this.min) / this.last);
    return Math.round(Math.min(this.last, Math.max(0, part)));
  }
}

// One input of the model and its element on the page.
class Control {
  constructor(root, spec, translated) {
    Object.assign(this, spec, { translated });
    this.element = root.querySelector(`[data-input="${CSS.escape(spec.name)}"]`);
    this.typed = root.querySelector(`#${CSS.escape(this.element.id)}-typed`);
    this.default = spec.value;
    this.idleNote = this.element.closest('.xp-control').querySelector('.xp-idle');
    if (this.type === 'slider') this.scale = new Scale(spec, Number(this.element.max));
  }

  // The value that a text in the address stands for, or undefined.
  parse(text) {
    // What passes links on may write a plus for a space.
    if (this.type === 'choice') return this.options.find(one => one === text) ?? this.options.find(one => one === text.replaceAll('+', ' '));
    if (this.type === 'switch') return text === '1' || (text === '0' ? false : undefined);
    if (this.type === 'text') return [...text.replace(/[\r\n]/g, '')].slice(0, this.element.maxLength).join(''); // one line, of whole letters
    const value = this.snap(text.trim() === '' ? NaN : Number(text));
    return value >= this.min && value <= this.max ? value : undefined;
  }

  // A slider over whole numbers takes no others.
  snap(value) {
    return this.whole ? Math.round(value) : value;
  }

  // A value as the address has it.
  written(value) {
    return this.type === 'switch' ? String(Number(value)) : String(value);
  }

  say(value) {
    return this.type === 'slider' ? human(value, this.unit, this.digits, this.format) : human(told(this.translated, value));
  }

  read() {
    if (this.type === 'slider') return this.scale.value(Number(this.element.value));
    return this.type === 'switch' ? this.element.checked : this.element.value;
  }

  show(value) {
    if (this.type === 'switch') this.element.checked = value;
    else if (this.type !== 'slider') {
      if (this.element.value !== value) this.element.value = value;
    }
    else {
      const position = this.scale.position(value);
      if (Number(this.element.value) !== position) this.element.value = position;
      const text = this.say(value);
      this.element.setAttribute('aria-valuetext', text);
      this.typed.value = text;
      this.typed.size = text.length;
      this.typed.removeAttribute('aria-invalid');
    }
  }
}

class Explorer {
  constructor(root) {
    this.root = root;
    const spec = JSON.parse(root.querySelector(':scope > .xp-settings').textContent);
    Object.assign(this, { id: spec.id, presets: spec.presets, readouts: spec.readouts, translated: spec.words ?? {} });
    for (const readout of this.readouts) readout.element = root.querySelector(`[data-readout="${CSS.escape(readout.name)}"]`);
    this.controls = new Map(spec.controls.map(control => [control.name, new Control(root, control, this.translated)]));
    this.settings = this.defaults();
    const host = { id: this.id, shared: {}, signals: () => this.signals(), differing: () => this.differing(), pick: row => this.pick(row), words: () => this.words() };
    const specs = root.querySelectorAll(':scope > .xp-spec');
    this.charts = [...root.querySelectorAll('.xp-figure')].map((figure, i) => new Chart(figure, specs[i].textContent, host));
    this.sentences = [[root.querySelector('.xp-says'), spec.says], ...this.charts.map((chart, i) => [chart.figure.querySelector('.xp-follows'), spec.titles[i]])]
      .filter(([element]) => element).map(([element, parts]) => new Sentence(element, parts));
    this.places = [...document.querySelectorAll(`[data-now^="${CSS.escape(this.id)}."]`)];
    for (const link of document.querySelectorAll(`a[data-set="${CSS.escape(this.id)}"]`)) {
      link.addEventListener('click', event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // to another tab
        event.preventDefault();
        this.follow(link);
      });
    }
    this.alternatives = this.charts.map(chart => chart.frame.getAttribute('aria-label').split(_(' Now: {values}.').split('{')[0])[0]);
    for (const control of this.controls.values()) this.listen(control);
    root.querySelector('.xp-reset').addEventListener('click', () => this.change(this.defaults(), true));
    const menu = root.querySelector('.xp-takes');
    menu.addEventListener('toggle', event => { if (event.newState === 'open') this.offer(menu); });
    this.cases = root.querySelector('.xp-cases');
    this.cases?.addEventListener('change', () => this.change({ ...this.defaults(), ...this.presets[this.cases.value]?.settings }, true));
    root.querySelector('.xp-panel').addEventListener('focusin', () => { this.before = this.state(); });
    this.measure();
    this.readAddress();
    for (const [name, control] of this.controls) control.show(this.settings[name]);
    this.mark();
    root.dataset.ready = '';
    if (this.moved()) this.request();
  }

  // What is set otherwise than when the page opens, as in the address.
  differing() {
    return [...this.controls].filter(([name, control]) => this.settings[name] !== control.default).map(([name, control]) => `${name}=${control.written(this.settings[name])}`);
  }

  defaults() {
    return Object.fromEntries([...this.controls].map(([name, control]) => [name, control.default]));
  }

  moved() {
    return [...this.controls].some(([name, control]) => this.settings[name] !== control.default);
  }

  signals() {
    return [...this.controls].map(([name, control]) => [control.signal, this.settings[name]]);
  }

  listen(control) {
    const { element, typed: field } = control;
    if (control.type === 'slider') {
      holdStill(element);
      element.addEventListener('pointerdown', () => { this.held = { element, top: element.getBoundingClientRect().top }; });
      // Where a press brings up a menu, its end is never told.
      for (const kind of ['pointerup', 'pointercancel', 'contextmenu']) element.addEventListener(kind, () => { this.held = undefined; this.tellIdle(); });
    }
    if (control.play) this.player(control);
    element.addEventListener('input', () => this.change({ [control.name]: control.read() }));
    element.addEventListener('change', () => {
      this.announce();
      this.notice(control);
    });
    if (!field) return;
    const back = () => {
      control.show(this.settings[control.name]);
      this.note('');
    };
    field.addEventListener('focus', () => field.select());
    field.addEventListener('keydown', event => {
      if (event.key === 'Enter') field.dispatchEvent(new Event('change'));
      if (event.key === 'Escape') back();
    });
    field.addEventListener('change', () => {
      if (field.value === control.say(this.settings[control.name])) {
        if (field.hasAttribute('aria-invalid')) back();
        return;
      }
      const within = one => one >= control.min && one <= control.max;
      let value = control.snap(typed(field.value, control.unit));
      // A bare number where the field writes cents may mean cents.
      const cents = control.unit.startsWith('$/') ? control.snap(typed(`${field.value} cents`, control.unit)) : NaN;
      if (!within(value) && within(cents)) value = cents;
      if (within(value)) {
        this.change({ [control.name]: value }, true);
        this.notice(control);
      } else {
        field.setAttribute('aria-invalid', 'true');
        const range = { name: control.label, low: control.say(control.min), high: control.say(control.max) };
        this.note(Number.isFinite(value)
          ? _('{name}: this was read as {value}; type a value from {low} to {high}.', { ...range, value: control.say(value) })
          : _('{name}: this cannot be read as a number; type a value from {low} to {high}.', range));
      }
    });
  }

  // A button that moves a slider to its end, in six seconds or a step at a time, unless the slider is set in another way.
  player(control) {
    const { element, scale, name } = control, button = this.root.querySelector(`#${CSS.escape(element.id)}-play`);
    const show = plays => {
      button.setAttribute('aria-pressed', String(plays));
      button.firstElementChild.textContent = plays ? '❚❚' : '▶';
    };
    const stop = () => {
      clearInterval(control.playing);
      control.playing = undefined;
      show(false);
    };
    element.addEventListener('input', stop);
    control.typed.addEventListener('focus', stop); // where a reader types, nothing else writes
    button.addEventListener('click', () => {
      if (control.playing) { stop(); this.announce(); return; }
      show(true);
      let position = Number(element.value) >= scale.last ? -1 : Number(element.value), value = this.settings[name];
      control.playing = setInterval(() => {
        if (this.settings[name] !== value) { stop(); return; }
        position = Math.min(scale.last, position + Math.max(1, Math.round(scale.last / 60)));
        this.change({ [name]: scale.value(position) }, position === scale.last);
        value = this.settings[name];
        if (position === scale.last) stop();
      }, Math.max(100, 6000 / Math.max(60, scale.last)));
    });
  }

  // Hold back the sliders that may not pass others: as `within` of explorables.explore.inputs.
  within() {
    const { settings } = this;
    for (const [name, control] of this.controls) {
      for (const [other, end] of [[control.atMost, Math.min], [control.atLeast, Math.max]]) {
        if (other === undefined || end(settings[name], settings[other]) === settings[name]) continue;
        settings[name] = settings[other];
        control.show(settings[name]);
      }
    }
  }

  change(settings, announce = false) {
    this.note(''); // which was said of other settings
    Object.assign(this.settings, settings);
    this.within();
    for (const [name, control] of this.controls) {
      if (Object.hasOwn(settings, name) || control.typed?.hasAttribute('aria-invalid')) control.show(this.settings[name]);
    }
    this.mark();
    this.writeAddress();
    this.request();
    if (announce) this.announce();
  }

  // What a reader can see change: the numbers, and the charts that are up to date.
  state() {
    return { numbers: this.readouts.map(readout => readout.value), drawings: this.charts.map(chart => chart.drawing()) };
  }

  // Say so where a move has changed nothing of what was seen when the control took the focus.
  async notice(control) {
    const { before } = this; // the next control may have the focus by then
    await this.request();
    const now = this.before = this.state();
    if (!before || !this.model || control.idleNote?.textContent || before.numbers.some((number, i) => !Object.is(number, now.numbers[i]))) return;
    const same = before.drawings.map((drawing, i) => drawing === undefined || now.drawings[i] === undefined ? undefined : drawing === now.drawings[i]);
    const unseen = same.includes(undefined);
    if (same.includes(false) || unseen && !now.numbers.length) return;
    this.note(unseen
      ? _('With the other settings as they are, {name} changes none of the numbers.', { name: control.label })
      : _('With the other settings as they are, {name} changes nothing.', { name: control.label }));
  }

  // A column called set:<input> lets a click on a mark set that input.
  pick(row) {
    const settings = {};
    for (const [name, control] of this.controls) {
      const value = control.parse(String(row[`set:${name}`] ?? ''));
      if (value !== undefined) settings[name] = value;
    }
    if (Object.keys(settings).length) this.change(settings, true);
  }

  // At once, but at most one update a frame, however fast the handle moves.
  request() {
    if (this.frame === undefined) {
      this.frame = requestAnimationFrame(() => {
        this.frame = undefined;
        const release = this.release;
        this.later = this.release = undefined;
        release?.(this.request());
      });
      return this.update();
    }
    this.later ??= new Promise(resolve => { this.release = resolve; });
    return this.later;
  }

  // The numbers, as soon as the script of the page's models is here, and the charts when Vega is.
  async update() {
    try {
      if (!this.model) {
        this.wait(window.xpModels ? '' : 'all');
        this.model = (await part('models'))[this.id];
      }
      this.answer();
      if (this.charts.length && !window.xpVega) {
        this.wait('charts');
        await vega();
      }
      this.wait('');
    } catch (error) {
      clearTimeout(this.waiting);
      fail(this.root, error, () => this.request());
      return;
    }
    this.root.querySelector(':scope > .xp-broken')?.remove();
    for (const chart of this.charts) chart.update();
    this.root.dataset.live = '';
  }

  answer() {
    this.values = this.model(Object.fromEntries(this.signals()));
    for (const readout of this.readouts) {
      readout.value = this.values[readout.signal];
      readout.text = human(told(this.translated, readout.value), readout.unit, readout.digits, readout.format);
      write(readout.element, readout.text);
    }
    this.tell();
    this.tellIdle();
    this.root.dispatchEvent(new CustomEvent('xp-change'));
  }

  // What is not yet here shows how the page opens: mark it, and say so if it takes long.
  wait(what) {
    if (this.root.dataset.pending === (what || undefined)) return;
    clearTimeout(this.waiting);
    if (what) this.root.dataset.pending = what;
    else delete this.root.dataset.pending;
    const note = this.root.querySelector('.xp-wait');
    note.textContent = '';
    if (what) this.waiting = setTimeout(() => {
      note.textContent = what === 'all' ? _('Still loading: numbers and charts are not yet those of these settings.') : _('Still loading: the charts are not yet those of these settings.');
    }, 1000);
  }

  // On paper, charts are of these settings, and every setting that differs is to be seen.
  print() {
    if (this.model && this.later) this.update();
    for (const chart of this.charts) chart.print();
    this.unfolded = [...this.root.querySelectorAll('.xp-more:has([data-differs]), .xp-results')].filter(details => !details.open);
    for (const details of this.unfolded) details.open = true;
  }

  printed() {
    for (const details of this.unfolded ?? []) details.open = false;
    for (const chart of this.charts) chart.release();
  }

  // Let the sentences say what stands now.
  tell() {
    for (const was of this.root.querySelectorAll('.xp-was')) was.hidden = was.dataset.was === was.previousElementSibling.textContent;
    const values = { ...this.settings }, texts = {};
    for (const [name, control] of this.controls) texts[name] = control.say(values[name]);
    for (const { name, value, text } of this.readouts) [values[name], texts[name]] = [value, text];
    for (const sentence of this.sentences) sentence.tell(values, texts);
    for (const place of this.places) write(place, texts[place.dataset.now.slice(this.id.length + 1)]);
  }

  // Say which controls change nothing as the others stand: where the model, as it was recorded, says so. Not while a handle
  // is held, since a line more above it would move it away from the finger.
  tellIdle() {
    if (!this.values || this.held) return;
    for (const { idle, idleNote } of this.controls.values()) {
      if (!idle) continue;
      const [names] = idle.reasons.find(([, signal]) => !this.values[signal]) ?? [[]];
      const text = this.values[idle.effect] ? '' : this.reason(names);
      if (idleNote.textContent !== text) idleNote.textContent = text;
    }
  }

  reason(names) {
    const [first, second] = names.map(name => this.controls.get(name)).map(control => ({ name: control.label, value: control.say(this.settings[control.name]) }));
    if (second) return _('No effect while “{name}” is {value} and “{other}” is {second}.', { ...first, other: second.name, second: second.value });
    return first ? _('No effect while “{name}” is {value}.', first) : _('No effect with the other settings as they are.');
  }

  // Fill the menu of what a reader can take away.
  async offer(menu) {
    try {
      const { Menu } = await part('take');
      (this.menu ??= new Menu(this)).open();
    } catch (error) {
      console.error(error);
      menu.textContent = _('This could not be made.');
    }
  }

  // What goes above and below a picture of a chart.
  words() {
    const settings = [...this.controls.values()].map(control => `${control.label}: ${control.say(this.settings[control.name])}`).join('; ');
    const source = this.root.querySelector('.xp-source')?.textContent;
    return { heads: [this.root.querySelector('.xp-title').textContent], feet: [settings, source, this.kernel() ? '' : this.shared().href] };
  }

  // Keep the answer and the lines as they stand, to compare with what is set afterwards.
  async keep() {
    this.kept = true;
    const says = this.root.querySelector('.xp-says')?.textContent;
    const { lang } = document.documentElement;
    const kept = Object.assign(document.createElement('p'), { className: 'xp-kept', lang });
    kept.append(says ? _('Kept: {answer}', { answer: says }) : _('Dashed lines and earlier numbers are kept.'), ' ');
    const drop = Object.assign(document.createElement('button'), { type: 'button', textContent: _('Drop') });
    drop.addEventListener('click', () => {
      this.drop();
      this.root.querySelector('.xp-take').focus();
    });
    kept.append(drop);
    this.root.querySelector('.xp-rest').before(kept);
    for (const readout of this.root.querySelectorAll('[data-readout]')) {
      const was = Object.assign(document.createElement('dd'), { className: 'xp-was', hidden: true, lang, textContent: _('was {value}', { value: readout.textContent }) });
      was.dataset.was = readout.textContent;
      readout.after(was);
    }
    await Promise.all(this.charts.map(chart => chart.keep(true)));
  }

  drop() {
    this.kept = false;
    for (const one of this.root.querySelectorAll('.xp-kept, .xp-was')) one.remove();
    return Promise.all(this.charts.map(chart => chart.keep(false)));
  }

  // A link in the text sets sliders, and the browser's way back undoes it.
  follow(link) {
    const settings = { ...this.defaults(), ...this.addressed(new URL(link.href).search).settings };
    this.writeNow();
    this.change(settings, true);
    const { href } = this.address();
    if (href !== location.href) history.pushState(null, '', href);
    const { top, bottom } = this.root.querySelector('.xp-answer').firstElementChild.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) this.root.scrollIntoView();
  }

  // In a notebook the settings are the kernel's, and the address is not ours; a page written into a frame has none.
  kernel() {
    return this.root.dataset.kernel !== undefined || location.protocol === 'about:';
  }

  // The reader went back or forward.
  returned() {
    if (this.kernel()) return;
    this.stopWriting();
    this.note('');
    this.settings = this.defaults();
    this.readAddress();
    for (const [name, control] of this.controls) control.show(this.settings[name]);
    this.mark();
    this.request();
    this.announce();
  }

  said() {
    return this.readouts.map(readout => `${readout.label}: ${readout.text}`).join('; ');
  }

  announce() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      const said = this.said();
      const sentence = this.root.querySelector('.xp-says');
      const shown = [...this.root.querySelectorAll('.xp-brief .xp-readout')].map(one => `${one.querySelector('dt').textContent}: ${one.querySelector('[data-readout]').textContent}`);
      const idle = [...this.controls.values()].map(control => control.idleNote?.textContent && `${control.label}: ${control.idleNote.textContent}`);
      const news = idle.filter(text => text && !this.heard?.includes(text));
      this.heard = idle;
      this.root.querySelector('.xp-announce').textContent = [sentence?.textContent, ...shown, ...news].filter(Boolean).join('; ');
      this.charts.forEach((chart, i) => {
        chart.frame.setAttribute('aria-label', said ? this.alternatives[i] + _(' Now: {values}.', { values: said }) : this.alternatives[i]);
      });
    }, 400);
  }

  // Show which preset holds, and mark the controls that differ from how the page opens.
  mark() {
    for (const [name, control] of this.controls) {
      control.element.closest('.xp-control').toggleAttribute('data-differs', this.settings[name] !== control.default);
    }
    const more = this.root.querySelectorAll('.xp-more [data-differs]').length;
    const count = this.root.querySelector('.xp-more-changed');
    if (count) count.textContent = more ? _(', {count} changed', { count: more }) : '';
    if (!this.cases) return;
    const same = settings => Object.entries({ ...this.defaults(), ...settings }).every(([name, value]) => this.settings[name] === value);
    const held = this.presets.findIndex(preset => same(preset.settings));
    this.cases.value = held >= 0 ? String(held) : this.moved() ? '' : '-';
  }

  // What stays in sight below the page's header: the style sheet needs the heights of all of it.
  measure() {
    const sizes = new ResizeObserver(() => {
      for (const [name, element] of kept) this.root.style.setProperty(name, `${element.offsetHeight}px`);
      // What grows above a handle that is held must not push it away from the finger.
      if (this.held) scrollBy({ top: this.held.element.getBoundingClientRect().top - this.held.top, behavior: 'instant' });
    });
    const kept = [['--xp-header', document.querySelector('.bd-header-article')], ['--xp-brief', this.root.querySelector('.xp-brief')],
      ['--xp-main', this.root.querySelector('.xp-answer > .xp-figure')]].filter(([, element]) => element);
    for (const [, element] of kept) sizes.observe(element);
    const says = this.root.querySelector('.xp-says');
    if (says) sizes.observe(says);
  }

  note(text) {
    this.root.querySelector('.xp-note').textContent = text;
  }

  // The address holds what differs from the defaults: ?training.tokens=1.48e13
  readAddress() {
    if (this.kernel()) return;
    const { settings, bad } = this.addressed(location.search);
    Object.assign(this.settings, settings);
    this.within();
    if (bad.length) this.note(_('The address has no usable value for {names}; the default is shown.', { names: bad.join(', ') }));
    const made = parameters(location.search).find(([name]) => name === TABLES)?.[1] ?? '';
    if (Object.keys(settings).length && tables && made !== tables && /^\d{4}-\d\d-\d\d$/.test(made) && !Number.isNaN(Date.parse(made))) this.older(made);
  }

  // The address is of an earlier state of the tables: say so, with the numbers of then.
  async older(made) {
    const { Older } = await part('take');
    this.elder?.close();
    this.elder = new Older(this, made, calculator);
  }

  // Settings in an address, and what in it is no setting.
  addressed(search) {
    const settings = {}, bad = [];
    for (const [key, text] of parameters(search)) {
      if (!key.startsWith(`${this.id}.`)) continue;
      const control = this.controls.get(key.slice(this.id.length + 1));
      const value = control?.parse(text);
      if (value === undefined) bad.push(control ? control.label : key.slice(0, 60));
      else settings[control.name] = value;
    }
    return { settings, bad };
  }

  // Soon, and again and again while a handle is held or plays: Safari takes a hundred addresses in half a minute.
  writeAddress() {
    if (!this.kernel()) this.writing ??= setTimeout(() => this.writeNow(), 350);
  }

  writeNow() {
    this.stopWriting();
    history.replaceState(history.state, '', this.address());
  }

  stopWriting() {
    clearTimeout(this.writing);
    this.writing = undefined;
  }

  // The address of the page with these settings; of the page of the book, where this is a frame in another.
  shared() {
    const { page } = document.documentElement.dataset;
    const url = this.address(page === undefined ? location.href : new URL(page, location.href).href);
    url.hash = this.id;
    return url;
  }

  address(href = location.href) {
    const values = [...this.controls].map(([name, control]) => {
      const value = this.settings[name];
      return [`${this.id}.${name}`, value === control.default ? undefined : control.written(value)];
    });
    const url = withParameters(href, Object.fromEntries(values));
    if (!tables) return url;
    const set = parameters(url.search).some(([name]) => name.includes('.') && document.getElementById(name.split('.')[0])?.matches('.xp-explorer'));
    return withParameters(url.href, { [TABLES]: set ? tables : undefined });
  }

  async copyLink() {
    const url = this.shared(), framed = document.documentElement.dataset.page !== undefined;
    if (!framed) history.replaceState(history.state, '', url);
    try {
      await navigator.clipboard.writeText(url.href);
      this.note(_('Link copied. It opens this page with these settings.'));
    } catch {
      this.note(framed ? url.href : _('The address of this page now holds these settings: copy it from the address bar.'));
    }
  }
}

for (const root of document.querySelectorAll('.xp-explorer')) {
  if (root.xpExplorer) continue; // of a fragment before this one
  try {
    root.xpExplorer = new Explorer(root);
  } catch (error) {
    fail(root, error);
  }
}
for (const figure of document.querySelectorAll('.xp-single > .xp-figure')) {
  try {
    new Chart(figure, figure.nextElementSibling.textContent);
  } catch (error) {
    fail(figure, error);
  }
}
embedded();
const all = call => () => {
  for (const root of document.querySelectorAll('.xp-explorer')) if (root.xpExplorer) call(root.xpExplorer);
};
addEventListener('popstate', all(explorer => explorer.returned()));
const flush = all(explorer => { if (explorer.writing !== undefined) explorer.writeNow(); });
addEventListener('pagehide', flush);
// A link within the page leads to the address as it stands, and the settings are then read from there.
addEventListener('click', event => { if (event.target.closest?.('a[href]')) flush(); }, { capture: true });
addEventListener('beforeprint', all(explorer => explorer.print()));
addEventListener('afterprint', all(explorer => explorer.printed()));
