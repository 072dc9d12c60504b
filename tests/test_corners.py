"""Every explorer at every corner of its ranges, and at random settings: finite readouts, and a chart that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from notebooks import BOOK, explorers
from test_pages import NAMES, address

from explorables.explore import Choice, Explorer, Slider

RANDOM = 4  # settings a width, besides the corners

# Goes through settings on the live page and says what is wrong with what it then shows.
LOOK = """async ([id, runs]) => {
  const explorer = document.getElementById(id).xpExplorer, found = [];
  const charts = () => Promise.all(explorer.charts.map(chart => chart.update()));
  const odd = text => /NaN|undefined|Infinity|null/.test(text);
  for (const chart of explorer.charts) chart.isNear = true;
  await explorer.request();
  await charts();
  for (const run of runs) {
    if (Object.keys(run).length) explorer.change(run);
    await explorer.update();
    await charts();
    const say = what => found.push(`${id} at ${JSON.stringify(run)}: ${what}`);
    for (const { name, value, text } of explorer.readouts) {
      if (value == null || typeof value === 'number' && !Number.isFinite(value) || odd(text)) say(`${name} is ${value}, "${text}"`);
    }
    explorer.charts.forEach((chart, number) => {
      const svg = chart.frame.querySelector('svg'), frame = svg.getBoundingClientRect(), at = `chart ${number}: `;
      for (const part of svg.querySelectorAll('*')) {
        for (const { name, value } of part.attributes) if (odd(value)) say(`${at}${part.tagName} has ${name}="${value.slice(0, 80)}"`);
        if (part.tagName === 'text' && odd(part.textContent)) say(`${at}the text "${part.textContent}"`);
      }
      let shapes = 0;
      for (const mark of svg.querySelectorAll('.role-mark path, .role-mark line, .role-mark text, .role-axis text, .role-legend-symbol path, .role-legend-label text')) {
        const box = mark.getBoundingClientRect(), isText = mark.tagName === 'text';
        if (box.width + box.height < 0.5 || mark.getAttribute('opacity') === '0') continue;
        if (!isText && !mark.closest('.role-legend')) shapes++;
        if (mark.closest('[clip-path]')) continue;
        const out = Math.max(frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom);
        if (out > 4) say(`${at}${isText ? `"${mark.textContent}"` : mark.tagName} ends ${Math.round(out)} px outside`);
      }
      if (!shapes) say(`${at}nothing is drawn`);
    });
  }
  return found;
}"""


def ends(control: Any) -> list[Any]:
    if isinstance(control, Slider):
        return [control.min, control.max]
    return list(control.options) if isinstance(control, Choice) else [False, True]


def corners(explorer: Explorer) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The defaults with all inputs at either end, and each input alone at each of its ends or options."""
    alone = [{name: end} for name, control in explorer.inputs.items() for end in ends(control)]
    together = [{name: ends(control)[i] for name, control in explorer.inputs.items()} for i in (0, -1)]
    return [explorer.defaults | one for one in [{}, *together]], [explorer.defaults | one for one in alone]


def anywhere(explorer: Explorer, rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random."""

    def value(control: Any) -> Any:
        if not isinstance(control, Slider):
            return ends(control)[rng.integers(len(ends(control)))]
        low, high, part = control.min, control.max, rng.random()
        return control.check(low * (high / low) ** part if control.scale == "log" else low + (high - low) * part)

    return {name: value(control) for name, control in explorer.inputs.items()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("width", "half"),
    [
        (1280, 0),
        (390, 1),
        pytest.param(1280, 1, marks=pytest.mark.nightly),
        pytest.param(390, 0, marks=pytest.mark.nightly),
    ],
)
def test_every_corner_gives_finite_answers_and_a_drawn_chart(open_page, name, width, half):
    """`make test` takes each input to one of its ends at one width and to the other at the other; the rest is nightly."""
    page = open_page(address(name), width=width).page
    rng = np.random.default_rng(width)
    for explorer in explorers(BOOK / name):
        together, alone = corners(explorer)
        alone = [settings for i, settings in enumerate(alone) if (i + i // 2) % 2 == half]
        runs = [*together, *alone, *(anywhere(explorer, rng) for _ in range(RANDOM))]
        found = page.evaluate(LOOK, [explorer.id, runs])
        assert not found, "\n".join(found[:20])


def test_a_broken_drawing_would_be_seen(open_page):
    """What the test above looks for is found where it is: the drawing is spoilt by hand."""
    reader = open_page("energy-scale-long-game/scaling.html")
    page = reader.page
    explorer = next(e for e in explorers(BOOK / "energy-scale-long-game/scaling.md") if e.id == "match")
    assert page.evaluate(LOOK, [explorer.id, [{}]]) == []
    spoil = """([id, script]) => {
      const chart = document.getElementById(id).xpExplorer.charts[0], mark = chart.frame.querySelector('.role-mark path');
      chart.update = () => Promise.resolve();
      if (script === 'odd') mark.setAttribute('d', 'M0,NaN');
      if (script === 'far') mark.setAttribute('transform', 'translate(5000,0)');
      if (script === 'legend') chart.frame.querySelector('.role-legend-label text').setAttribute('transform', 'translate(5000,0)');
      if (script === 'gone') chart.frame.querySelectorAll('.role-mark').forEach(group => group.remove());
    }"""
    for script, word in {"far": "path ends", "legend": '" ends', "odd": "NaN", "gone": "nothing is drawn"}.items():
        page.evaluate(spoil, [explorer.id, script])
        assert any(word in line for line in page.evaluate(LOOK, [explorer.id, [{}]])), script
    assert all("NaN" in error for error in reader.errors)
    reader.errors.clear()
