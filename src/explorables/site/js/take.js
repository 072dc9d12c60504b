// What a reader takes away from an explorer: pictures and data of its charts, a link, the explorer itself for another page.
// A script of its own, fetched when a reader first asks for something of it.

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
    const address = new URL(root.dataset.embed, location.href);
    address.search = this.explorer.address().search;
    const attribute = text => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const code = `<iframe src="${attribute(address.href)}" title="${attribute(root.querySelector('.xp-title').textContent)}" loading="lazy" style="width: 100%; height: 800px; border: 0"></iframe>
<script>addEventListener("message", e => { for (const f of document.querySelectorAll("iframe")) if (f.contentWindow === e.source && e.data.explorer) f.style.height = e.data.height + "px" })</script>`;
    const field = element('textarea', { readOnly: true, rows: 4, value: code, id: `${root.id}-snippet`, spellcheck: false });
    const label = element('label', { htmlFor: field.id, textContent: _('Embed: these lines show the explorer on another page') });
    field.addEventListener('focus', () => field.select());
    return [element('div', { className: 'xp-takes-embed' }, label, field, button(_('Copy these lines'), async () => {
      try {
        await navigator.clipboard.writeText(code);
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

window.xpTake = { Menu, haunted, kept, png, save, svg };
