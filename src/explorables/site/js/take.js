// What a reader takes away from an explorer: pictures and data of its charts, a link, the explorer itself for another page.
// A script of its own, fetched when a reader first asks for something of it.

import { human } from './format.js';
import { haunted, kept } from './ghost.js';
import { png, save, svg } from './picture.js';
import { _ } from './words.js';

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const button = (text, action, properties = {}) => {
  const made = element('button', { type: 'button', textContent: text, ...properties });
  made.addEventListener('click', action);
  return made;
};

class Menu {
  constructor(explorer) {
    this.explorer = explorer;
    this.menu = explorer.root.querySelector('.xp-takes');
    this.opener = explorer.root.querySelector('.xp-take');
  }

  open() {
    this.fill();
    this.place();
  }

  // Below its button, where there is room for it.
  place() {
    const { menu } = this, at = this.opener.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = menu;
    const left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8));
    const top = Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8));
    Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
  }

  say(text) {
    this.note.textContent = text;
  }

  fill() {
    const { explorer } = this, { charts } = explorer;
    const told = error => { console.error(error); this.say(_('This could not be made.')); };
    this.note = element('p', { className: 'xp-takes-note' });
    this.note.setAttribute('role', 'status');
    const first = element('div', { className: 'xp-takes-row' },
      ...explorer.kernel() ? [] : [button(_('Copy link'), () => this.copy(), { className: 'xp-link' })],
      ...!explorer.kernel() && navigator.share ? [button(_('Share'), () => navigator.share({ title: document.title, url: explorer.shared().href }).catch(() => {}), { className: 'xp-share' })] : [],
      button(explorer.kept ? _('Drop what is kept') : _('Compare with these settings'), () => {
        this.menu.hidePopover();
        if (explorer.kept) explorer.drop();
        else explorer.keep();
      }, { className: 'xp-keep' }));
    const list = element('ul', {}, ...charts.map((chart, i) => {
      const title = chart.title() || _('Chart {number}', { number: i + 1 });
      const kinds = ['PNG', 'SVG', 'CSV'].map(kind => {
        const one = button(kind, () => chart.save(kind.toLowerCase()).catch(told));
        one.setAttribute('aria-label', `${kind}: ${title}`);
        return one;
      });
      return element('li', {}, element('span', { textContent: title }), element('span', { className: 'xp-takes-row' }, ...kinds));
    }));
    this.menu.replaceChildren(first, ...charts.length ? [list] : [], ...this.embedding(), this.note);
  }

  // A snippet for other pages: the frame, and what gives it the height that it says.
  embedding() {
    const { root } = this.explorer;
    if (!root.dataset.embed) return [];
    const address = () => Object.assign(new URL(root.dataset.embed, location.href), { search: this.explorer.address().search });
    const attribute = text => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const code = () => `<iframe src="${attribute(address().href)}" title="${attribute(root.querySelector('.xp-title').textContent)}" loading="lazy" allow="clipboard-write" style="width: 100%; height: 800px; border: 0"></iframe>
<script>addEventListener("message", e => { for (const f of document.querySelectorAll("iframe")) if (f.contentWindow === e.source && e.data?.explorer) f.style.height = e.data.height + "px" })</script>`;
    const field = element('textarea', { readOnly: true, rows: 4, value: code(), id: `${root.id}-snippet`, spellcheck: false });
    const label = element('label', { htmlFor: field.id, textContent: _('Embed: these lines show the explorer on another page') });
    field.addEventListener('focus', () => {
      field.value = code(); // a slider may play
      field.select();
    });
    return [element('div', { className: 'xp-takes-embed' }, label, field, button(_('Copy these lines'), async () => {
      try {
        await navigator.clipboard.writeText(code());
        this.say(_('Copied.'));
      } catch {
        field.focus();
      }
    }))];
  }

  async copy() {
    this.menu.hidePopover();
    await this.explorer.copyLink();
  }
}

// What an explorer said under an earlier state of the tables, for who follows a link that was made then.
class Older {
  constructor(explorer, name, calculator) {
    const own = document.querySelector('script[data-vega]'), { lang } = document.documentElement;
    const day = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(name));
    Object.assign(this, { explorer, name, calculator });
    this.place = element('div', { className: 'xp-then', lang });
    this.words = element('p', { textContent: _('This link was made with the tables of {day}, which have changed since.', { day }) });
    this.place.setAttribute('role', 'status');
    this.list = element('ul');
    this.row = element('p', { className: 'xp-takes-row xp-then-row' }, button(_('Close'), () => {
      this.close();
      explorer.root.querySelector('.xp-take').focus();
    }));
    this.place.append(this.words, this.list, this.row);
    explorer.root.querySelector('.xp-desk').before(this.place);
    if (own.dataset.kept.split(' ').includes(name)) {
      const at = path => new URL(path, own.src).href;
      const then = own.dataset.then.replace('{name}', name);
      this.row.append(element('a', { href: at(then.slice(0, then.indexOf(name)) + `${name}.zip`), download: '', textContent: _('All tables as they were then') }));
      this.load(at(then)).catch(error => { console.error(error); this.words.append(' ', _('What they gave then could not be loaded.')); });
    } else this.words.append(' ', _('What they gave then is not kept here.'));
  }

  async load(src) {
    const script = element('script', { src });
    script.dataset.own = '';
    await new Promise((resolve, reject) => {
      Object.assign(script, { onload: resolve, onerror: () => reject(new Error(`${src} could not be loaded`)) });
      document.head.append(script);
    });
    const then = window.xpThen?.[this.name]?.[this.explorer.id];
    if (!then) throw new Error(`${src} has no explorer ${this.explorer.id}`);
    this.then = then;
    this.model = await this.calculator(then.model);
    const given = this.explorer.addressed(location.search).settings, { controls } = this.explorer;
    // What the link left as it was then, and what starts elsewhere now.
    this.starts = then.controls.filter(one => !(one.name in given) && controls.has(one.name) && controls.get(one.name).default !== one.value);
    if (this.starts.length) {
      this.row.prepend(button(_('Set what it left alone as it stood then'), () => this.explorer.change(Object.fromEntries(this.starts.map(one => [one.name, one.value])), true)));
    }
    this.follow = () => this.tell();
    this.explorer.root.addEventListener('xp-change', this.follow);
    this.tell();
  }

  // The numbers of then at the settings of now; what nobody moved stands where it stood then.
  tell() {
    const { settings, readouts, controls } = this.explorer, starts = new Set(this.starts.map(({ name }) => name));
    for (const { name, signal, value } of this.then.controls) {
      const untouched = starts.has(name) && settings[name] === controls.get(name).default;
      this.model.signal(signal, untouched ? value : settings[name] ?? value);
    }
    this.model.run();
    const lines = this.then.readouts.flatMap(({ name, signal, unit, digits, format }) => {
      const then = human(this.model.signal(signal), unit, digits, format), now = readouts.find(one => one.name === name);
      return now && now.text !== then ? [_('{name}: {then} then, {now} now', { name: now.label, then, now: now.text })] : [];
    });
    if (!lines.length) lines.push(_('With these settings they give the same numbers.'));
    for (const { name, value } of this.starts) {
      const control = controls.get(name), texts = { name: control.label, then: control.say(value), now: control.say(control.default) };
      if (settings[name] === control.default) lines.push(_('“{name}”, which the link leaves alone, opened at {then} then and opens at {now} now.', texts));
    }
    this.list.replaceChildren(...lines.map(textContent => element('li', { textContent })));
  }

  close() {
    this.explorer.root.removeEventListener('xp-change', this.follow);
    this.explorer.elder = undefined;
    this.place.remove();
  }
}

window.xpTake = { Menu, Older, haunted, kept, png, save, svg };
