// A finger that begins on a slider may mean to scroll the page: a slider takes a value after a tap or a move along it only.

const CLEAR = 8; // CSS pixels from which on a move has a direction

export function holdStill(slider) {
  let from, first, wanted, held;
  slider.style.touchAction = 'pan-y';
  slider.addEventListener('pointerdown', event => {
    if (event.pointerType !== 'touch') return;
    from = event;
    first = wanted = slider.value;
    held = true;
  }, { capture: true });
  slider.addEventListener('pointermove', event => {
    if (!held) return;
    const [across, down] = [Math.abs(event.clientX - from.clientX), Math.abs(event.clientY - from.clientY)];
    if (across >= CLEAR && across > down) take();
  });
  slider.addEventListener('pointerup', () => { if (held) take(); });
  slider.addEventListener('pointercancel', () => {
    if (!held) return;
    held = false;
    slider.value = first;
  });
  for (const kind of ['input', 'change']) {
    slider.addEventListener(kind, event => {
      if (!held) return;
      event.stopImmediatePropagation();
      wanted = slider.value;
      slider.value = first;
    }, { capture: true });
  }

  function take() {
    held = false;
    if (wanted === first) return;
    slider.value = wanted;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  }
}
