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
# A laptop's window and a phone's. Those with less height are the harder ones; the others are nightly.
SIZES = [
    (1366, 768),
    (390, 664),
    pytest.param((1280, 800), marks=pytest.mark.nightly),
    pytest.param((390, 844), marks=pytest.mark.nightly),
]
at_every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))

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

# A control that is scrolled to is not covered, and nothing of it stands beside the window.
REACHED = f"""async () => {{ {LOOK}
  const missed = [];
  for (const root of document.querySelectorAll('.xp-explorer')) for (const control of controls(root)) {{
    control.scrollIntoView({{ block: 'nearest', behavior: 'instant' }});
    await settled();
    const {{ left, right }} = control.getBoundingClientRect();
    if (!open(control) || left < 0 || right > innerWidth) missed.push(control.id);
  }}
  return [missed, document.documentElement.scrollWidth - innerWidth];
}}"""

HELD = f"""async id => {{ {LOOK}
  await settled();
  const control = document.getElementById(id), {{ left, right, top, height }} = control.getBoundingClientRect();
  return [open(control), left, right, top + height / 2];
}}"""

# What paper says of the settings: names of those that differ with what stands there, and the numbers.
ON_PAPER = """id => {
  const root = document.getElementById(id), seen = e => e.checkVisibility() && e.getClientRects().length > 0;
  return {
    settings: Object.fromEntries([...root.querySelectorAll('[data-differs]')].map(e => [e.querySelector('[data-input]').dataset.input,
      [...e.querySelectorAll('.xp-typed, select, [type=checkbox]')].filter(seen).map(e => e.type === 'checkbox' ? String(e.checked) : e.value)])),
    numbers: [...root.querySelectorAll('[data-readout]')].filter(e => !seen(e)).map(e => e.dataset.readout),
    buttons: [...root.querySelectorAll('button, [type=range], summary')].filter(seen).length,
    charts: [...root.querySelectorAll('.xp-chart')].filter(seen).length,
  };
}"""


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, browser: Browser, served_site: str) -> Iterator[Page]:
    """A page with explorers, which its tests share."""
    with opening(browser, served_site) as open_page:
        yield open_page(request.param).page


@at_every_size
def test_each_control_is_seen_together_with_an_answer_and_most_of_a_chart(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(200)
    missed, _all = page.evaluate(TOGETHER)
    assert not missed, "\n".join(missed)


@at_every_size
def test_a_shared_link_opens_on_the_answer_and_a_chart(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name in page.locator(".xp-explorer").evaluate_all("all => all.map(e => e.id)"):
        page.evaluate("name => { location.hash = ''; location.hash = name; }", name)
        for _ in range(20):  # a chart takes its new width when the page has come to rest
            answered, chart = page.evaluate(OPENED, name)
            if answered and chart >= 0.6:
                break
            page.wait_for_timeout(100)
        assert answered, f"{name} opens without its answer"
        assert chart >= 0.6, f"{name} opens with {chart:.0%} of a chart"


@at_every_size
def test_what_has_the_keyboards_focus_is_never_covered(page, size):
    page.evaluate("document.querySelectorAll('details.xp-more').forEach(e => { e.open = true; })")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(400)  # the menu at the left takes a moment to leave
    covered = []
    for explorer in page.locator(".xp-explorer").all():
        explorer.locator(".xp-reset").focus()
        while (stop := page.evaluate(STOP)) is not None:
            if not stop[0]:
                covered.append(stop)
            page.keyboard.press("Tab")
    assert not covered


def test_a_slider_that_is_dragged_is_never_covered(page):
    """Lines that come and go above it while it moves must not push it away from the finger."""
    covered = []
    for width, height in ((1280, 800), (390, 664)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        for name in page.locator(".xp-explorer input[type=range] >> visible=true").evaluate_all(
            "all => all.map(e => e.id)"
        ):
            page.locator(f"[id='{name}']").evaluate("e => e.scrollIntoView({ block: 'nearest', behavior: 'instant' })")
            _seen, left, right, y = page.evaluate(HELD, name)
            page.mouse.move((left + right) / 2, y)
            page.mouse.down()
            for part in (0.9, 0.1, 0.5):
                page.mouse.move(left + part * (right - left), y, steps=3)
                seen, _left, _right, now = page.evaluate(HELD, name)
                if not seen or abs(now - y) > 12:
                    covered.append((width, name, part, seen, now - y))
            page.mouse.up()
        page.evaluate("document.querySelectorAll('.xp-reset').forEach(e => e.click())")
    assert not covered


def test_at_twice_the_size_every_control_is_reached(page):
    """What a browser zoomed to 200 % has of a laptop's window."""
    page.set_viewport_size({"width": 640, "height": 400})
    page.wait_for_timeout(300)
    missed, wider = page.evaluate(REACHED)
    assert not missed and wider <= 0


def test_in_forced_colours_controls_and_charts_are_seen(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(forced_colors="active")
    page.wait_for_function("matchMedia('(forced-colors: active)').matches")
    page.wait_for_timeout(200)  # colours change by a transition
    missed, _wider = page.evaluate(REACHED)
    unbounded = page.locator(
        ".xp-explorer :is(.xp-buttons button, .xp-play, select, .xp-typed) >> visible=true"
    ).evaluate_all(
        "all => all.filter(e => { const s = getComputedStyle(e); return s.borderBottomStyle === 'none' || s.borderBottomColor === getComputedStyle(document.body).backgroundColor; }).map(e => e.id || e.className)"
    )
    unread = page.locator(".xp-explorer :is(.xp-says, dt, dd, label, .xp-chart-title) >> visible=true").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).color === getComputedStyle(document.body).backgroundColor).map(e => e.textContent)"
    )
    page.emulate_media(forced_colors="none")
    assert (missed, unbounded, unread) == ([], [], [])


def test_paper_has_the_settings_as_they_stand(page):
    """Every setting that differs from how the page opens, every number and every chart, and nothing that wants a click."""
    page.set_viewport_size({"width": 1280, "height": 800})
    for explorer in page.locator(".xp-explorer").evaluate_all("all => all.map(e => e.id)"):
        changed = page.evaluate(
            """async id => {
              const explorer = document.getElementById(id).xpExplorer, { controls } = explorer, changed = {};
              for (const [name, c] of controls) changed[name] = c.type === 'slider' ? c.scale.value(Math.round(c.scale.last * .4)) : c.type === 'switch' ? !c.default : c.type === 'choice' ? c.options.at(-1) : c.default;
              explorer.change(changed, true);
              await explorer.request();
              dispatchEvent(new Event('beforeprint'));
              return Object.fromEntries([...controls].filter(([name, c]) => explorer.settings[name] !== c.default).map(([name, c]) => [name, c.type === 'slider' ? c.say(explorer.settings[name]) : String(explorer.settings[name])]));
            }""",
            explorer,
        )
        page.emulate_media(media="print")
        paper = page.evaluate(ON_PAPER, explorer)
        page.emulate_media(media="screen")
        page.evaluate(
            "id => { dispatchEvent(new Event('afterprint')); document.getElementById(id).xpExplorer.change(document.getElementById(id).xpExplorer.defaults()); }",
            explorer,
        )
        assert paper["settings"] == {name: [text] for name, text in changed.items()}, explorer
        assert paper["numbers"] == [] and paper["buttons"] == 0 and paper["charts"], (explorer, paper)
