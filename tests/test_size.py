"""How much a reader downloads on pages without charts; `test_frame.py` has those with."""

from __future__ import annotations

from test_frame import downloads, pages

from explorables.site import theme_purge

PLAIN_KB = 170  # a page without a chart, its text and tables included
SEARCH_KB = 270  # brings all text that it finds, so that a search asks for nothing more


def test_every_page_without_charts_keeps_to_its_budget(open_page, site):
    plain = [path for path in pages(site) if "xp-vega.js" not in (site / path).read_text(encoding="utf-8")]
    claims = [path for path in plain if path.startswith("claims/")]  # all of one template: the longest stands for them
    longest = max(claims, key=lambda path: (site / path).stat().st_size)
    plain = [path for path in plain if path not in claims or path == longest]
    assert len(plain) > 5
    for path in plain:
        sizes = downloads(open_page, path)
        limit = SEARCH_KB if path == "search.html" else PLAIN_KB
        assert sum(sizes.values()) < limit * 1e3, (path, sizes)


def test_rules_lose_their_idle_space_and_nothing_else():
    rules = "a { color: red; margin: 0 1px;\n  font: a, b }\np > em { --mark: ' : '; width: calc(1px + 2px) }"
    kept = 'a{color:red;margin:0 1px;font:a,b}p > em{--mark:" : ";width:calc(1px + 2px)}'
    assert theme_purge.purge(rules, set()) == kept
