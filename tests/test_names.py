"""Lines have their names at their ends where there is room, on the page as it is built and after every move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from notebooks import BOOK, explorers
from test_pages import address

from explorables.explore import Explorer, Slider, explore, trajectory
from explorables.site import charts, names

WATTS = "energy-scale-long-game/cost-of-watts.md"
# What stands beside the lines of an explorer's charts: names, their boxes, the frame's, and how many legends there are.
LOOK = """async id => {
  const explorer = document.getElementById(id).xpExplorer;
  for (const chart of explorer.charts) chart.isNear = true;
  await explorer.request();
  await Promise.all(explorer.charts.map(chart => chart.update()));
  return explorer.charts.filter(chart => chart.spec.ends).map(chart => {
    const box = e => { const { left, right, top, bottom } = e.getBoundingClientRect(); return { text: e.textContent, left, right, top, bottom }; };
    return { wide: chart.frame.clientWidth >= chart.spec.ends.from, count: chart.spec.ends.count, frame: box(chart.frame),
      names: [...chart.frame.querySelectorAll('.xp_ends text')].map(box), legends: chart.frame.querySelectorAll('.role-legend').length };
  });
}"""


def lines(words: Sequence[str], apart: float = 1.0) -> Explorer:
    """Lines that end at a distance from each other."""
    years = np.arange(5)

    def model(slope=1.0):
        """One line a word."""
        return {f"line_{i}": slope * years + apart * i for i, _ in enumerate(words)}

    labels = {f"line_{i}": word for i, word in enumerate(words)}
    return explore(model, trajectory(list(range(5)), labels), slope=(0.0, 2.0))


def drawn(explorer: Explorer) -> charts.Drawn:
    return charts.draw(explorer.chart_spec(explorer.views[0])[0], "n")


def test_names_stand_at_lines_where_the_chart_is_wide_and_above_where_it_is_narrow():
    found = drawn(lines(["First", "Second"]))
    assert found.ends is not None
    assert found.wide.count(">Second<") == found.narrow.count(">Second<") == 1
    wide, narrow = (names.chosen(found.vega, found.ends, width) for width in (680, 330))
    assert (len(wide["legends"]), len(narrow["legends"])) == (0, 1)
    assert wide["padding"]["right"] >= names.LETTER * len("Second")
    assert not [one for one in [*narrow["data"], *narrow["marks"]] if one.get("name", "").startswith(names.NAME)]


@pytest.mark.parametrize(
    "words",
    [["A line whose name is too long for the side", "B"], list("ABCDEFGH"), ["Alone"]],
    ids=["long", "many", "one"],
)
def test_where_names_find_no_room_the_legend_stays(words):
    assert drawn(lines(words)).ends is None


def test_a_legend_that_names_more_than_lines_stays():
    explorer = lines(["First", "Second"])
    spec = explorer.chart_spec(explorer.views[0])[0]
    text = str(spec).replace("'Second'", "'Nothing of the chart'")
    assert "'Nothing of the chart'" in text
    vega, ends = names.added(charts.compiled({**spec, "width": 680}))
    assert ends is not None
    picture = charts.drawn(names.chosen(vega, ends, 680))
    assert names.all_there(picture, ends)
    assert not names.all_there(picture, {**ends, "count": 3})


def test_names_stay_apart_and_within_the_frame_as_sliders_move(open_page):
    page = open_page(address(WATTS)).page
    moved = (
        "([id, run]) => { const e = document.getElementById(id).xpExplorer; e.change({ ...e.defaults(), ...run }); }"
    )
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        seen = 0
        for explorer in explorers(BOOK / WATTS):
            sliders = [(name, one) for name, one in explorer.inputs.items() if isinstance(one, Slider)]
            for run in [{}, *({name: end} for name, one in sliders for end in (one.min, one.max))]:
                page.evaluate(moved, [explorer.id, run])
                for chart in page.evaluate(LOOK, explorer.id):
                    assert bool(chart["names"]) == chart["wide"] == (chart["legends"] == 0), (width, run, chart)
                    frame, boxes = chart["frame"], sorted(chart["names"], key=lambda box: box["top"])
                    seen += len(boxes)
                    for box in boxes:
                        assert box["right"] <= frame["right"] + 1 and box["bottom"] <= frame["bottom"] + 1, (run, box)
                    for above, below in pairwise(boxes):
                        assert below["top"] - above["top"] >= 12, (run, above, below)
        assert (seen > 0) == (width == 1280)
