"""Each explorer is a desk: whatever a reader moves can be seen together with what it does, on a laptop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import opening
from notebooks import BOOK, notebooks
from playwright.sync_api import Browser, Page

PAGES = [
    path.relative_to(BOOK).with_suffix(".html").as_posix()
    for path in notebooks()
    if "explore(" in path.read_text(encoding="utf-8") or "exhibits" in path.read_text(encoding="utf-8")
]
SIZES = [(1280, 800), (1366, 768), (390, 844), (390, 664)]

LOOK = """
const HEADER = document.querySelector('.bd-header-article').offsetHeight; // of the page, which stays
// Whether nothing lies over the middle of an element and all of it is in sight.
function open(e) {
  const box = e.getBoundingClientRect();
  if (box.top < HEADER - 1 || box.bottom > innerHeight + 1) return false;
  const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return hit !== null && (e.contains(hit) || [...(e.labels ?? [])].some(label => label.contains(hit)));
}
// The part of an element that can be seen, by a grid of points.
function part(e) {
  const box = e.getBoundingClientRect();
  let seen = 0, all = 0;
  for (let y = 0.5; y < 20; y++) for (let x = 0.5; x < 6; x++, all++) {
    const hit = document.elementFromPoint(box.left + box.width * x / 6, box.top + box.height * y / 20);
    if (hit !== null && e.contains(hit) && box.top + box.height * y / 20 > HEADER) seen++;
  }
  return seen / all;
}
const shown = e => e.checkVisibility({ contentVisibilityAuto: true }) && e.getClientRects().length > 0;
const answers = root => [...root.querySelectorAll('.xp-says, .xp-brief, .xp-readout')].filter(shown);
const answered = root => answers(root).length === 0 || answers(root).some(e => part(e) > 0.9);
const charted = root => Math.max(...[...root.querySelectorAll('.xp-chart')].map(part));
const settled = () => new Promise(then => requestAnimationFrame(() => setTimeout(then, 0)));
const controls = root => [...root.querySelectorAll('[data-input]')].filter(shown);
"""

# Places to which a reader may scroll for a control: the explorer's head below the header, or the control lower and lower.
TOGETHER = f"""async () => {{ {LOOK}
  const missed = [];
  let all = 0;
  for (const root of document.querySelectorAll('.xp-explorer')) for (const control of controls(root)) {{
    all++;
    let best = [];
    const places = [() => root.scrollIntoView({{ block: 'start', behavior: 'instant' }}), () => root.querySelector('.xp-desk').scrollIntoView({{ block: 'start', behavior: 'instant' }}),
      () => control.scrollIntoView({{ block: 'end', behavior: 'instant' }}), () => {{ control.scrollIntoView({{ block: 'center', behavior: 'instant' }}); }}];
    for (const place of places) {{
      place();
      control.scrollIntoView({{ block: 'nearest', behavior: 'instant' }});
      await settled();
      const here = [open(control), answered(root), charted(root)];
      if (here[0] && here[1] && here[2] >= 0.6) {{ best = null; break; }}
      best.push(here.join());
    }}
    if (best) missed.push(`${{control.id}}: seen, answered, chart: ${{best.join(' / ')}}`);
  }}
  return [missed, all];
}}"""

OPENED = f"""async id => {{ {LOOK}
  await settled();
  const root = document.getElementById(id);
  return [answered(root), charted(root)];
}}"""

STOP = f"""() => {{ {LOOK}
  const at = document.activeElement;
  return at.closest('.xp-explorer') ? [open(at), at.id || at.className || at.outerHTML.slice(0, 80), at.getBoundingClientRect().top, scrollY] : null;
}}"""


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, browser: Browser, served_site: str) -> Iterator[Page]:
    """A page with explorers, which its three tests share."""
    with opening(browser, served_site) as open_page:
        yield open_page(request.param).page


def test_each_control_is_seen_together_with_an_answer_and_most_of_a_chart(page):
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        missed, _all = page.evaluate(TOGETHER)
        assert not missed, f"{width} x {height}: " + "\n".join(missed)


def test_a_shared_link_opens_on_the_answer_and_a_chart(page):
    names = page.locator(".xp-explorer").evaluate_all("all => all.map(e => e.id)")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for name in names:
            page.evaluate("name => { location.hash = ''; location.hash = name; }", name)
            for _ in range(20):  # a chart takes its new width when the page has come to rest
                answered, chart = page.evaluate(OPENED, name)
                if answered and chart >= 0.6:
                    break
                page.wait_for_timeout(100)
            assert answered, f"{width} x {height}: {name} opens without its answer"
            assert chart >= 0.6, f"{width} x {height}: {name} opens with {chart:.0%} of a chart"


def test_what_has_the_keyboards_focus_is_never_covered(page):
    page.evaluate("document.querySelectorAll('details.xp-more').forEach(e => { e.open = true; })")
    covered = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)  # the menu at the left takes a moment to leave
        for explorer in page.locator(".xp-explorer").all():
            explorer.locator(".xp-reset").focus()
            while (stop := page.evaluate(STOP)) is not None:
                if not stop[0]:
                    covered.append((width, height, stop))
                page.keyboard.press("Tab")
    assert not covered
