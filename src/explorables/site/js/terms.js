// What a word of the glossary means, beside it: at a tap, by Enter, and while the mouse rests on it. Without this it is a link.
(() => {
  const said = JSON.parse(document.getElementById('xp-terms')?.textContent ?? '{}');
  if (!HTMLElement.prototype.showPopover) return;
  const _ = window.xpWords?._ ?? (text => JSON.parse(document.getElementById('xp-words')?.textContent ?? '{}').messages?.[text] ?? text);
  const REST = 250, LEAVE = 300; // ms that the mouse rests before it opens, and may take on its way to what opened
  const GAP = 6, EDGE = 8; // px
  const box = Object.assign(document.createElement('div'), { id: 'xp-meaning', popover: 'manual' });
  box.setAttribute('role', 'status');
  let link, held = false, timer; // the word that is explained, and whether a press and not the mouse has opened it

  const termOf = target => {
    const found = target.closest?.('a.xp-term');
    return found && said[decodeURIComponent(found.hash.slice(1))] ? found : null;
  };
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

  // Below the word or above it, where neither what has the focus nor the edge of the window is in the way.
  function place() {
    const word = [...link.getClientRects()].pop() ?? link.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const focused = document.activeElement;
    const kept = focused && focused !== document.body && focused !== link && !box.contains(focused) ? focused.getBoundingClientRect() : null;
    const left = Math.max(EDGE, Math.min(word.left, document.documentElement.clientWidth - width - EDGE));
    const below = word.bottom + GAP, above = link.getClientRects()[0].top - GAP - height;
    const order = link.closest('label, dt') ? [above, below] : [below, above]; // a label's control is below it
    const fits = top => top >= EDGE && top + height <= innerHeight - EDGE;
    const free = top => !kept || apart(kept, { left, right: left + width, top, bottom: top + height });
    const top = order.find(one => fits(one) && free(one)) ?? order.find(free) ?? order.find(fits) ?? below;
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  }

  function close() {
    clearTimeout(timer);
    if (!link) return;
    link.removeAttribute('aria-expanded');
    if (box.matches(':popover-open')) box.hidePopover();
    box.replaceChildren();
    link = undefined;
    held = false;
  }

  function open(word, press) {
    clearTimeout(timer);
    if (link !== word) close();
    held ||= press;
    if (link === word) return;
    link = word;
    const [name, meaning] = said[decodeURIComponent(word.hash.slice(1))];
    // After the word, so that the next Tab leads into it; what stands in a label would become a part of its name.
    (word.closest('label, dt') ?? word).after(box);
    box.showPopover();
    const more = Object.assign(document.createElement('a'), { href: word.href, textContent: _('In the glossary') });
    const text = document.createElement('p');
    text.append(Object.assign(document.createElement('b'), { textContent: `${name}. ` }), `${meaning} `, more);
    box.replaceChildren(text);
    word.setAttribute('aria-expanded', 'true');
    place();
  }

  document.addEventListener('click', event => {
    const word = termOf(event.target);
    if (!word || box.contains(event.target) || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link === word && held) close();
    else open(word, true);
  });
  document.addEventListener('pointerdown', event => {
    if (link && !box.contains(event.target) && termOf(event.target) !== link) close();
  });
  document.addEventListener('pointerover', event => {
    if (event.pointerType !== 'mouse') return;
    const word = termOf(event.target);
    if (link && (word === link || box.contains(event.target))) clearTimeout(timer);
    else if (word && !held) {
      clearTimeout(timer);
      timer = setTimeout(() => open(word, false), REST);
    }
  });
  document.addEventListener('pointerout', event => {
    if (event.pointerType !== 'mouse' || held) return;
    if (!termOf(event.target) && !box.contains(event.target)) return;
    clearTimeout(timer);
    timer = setTimeout(close, LEAVE);
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !link) return;
    const back = box.contains(document.activeElement) && link;
    close();
    if (back) back.focus();
  });
  document.addEventListener('focusin', event => {
    if (link && event.target !== link && !box.contains(event.target)) close();
  });
  addEventListener('scroll', () => { if (link) place(); }, { passive: true, capture: true });
  addEventListener('resize', () => { if (link) place(); });
})();
