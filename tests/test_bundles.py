"""Many small scripts of a page come as one file, in their order and as they are now; rules come without idle space."""

from __future__ import annotations

import pytest

from explorables.site import bundles, theme_purge
from explorables.site.html_pages import Site

PAGE = """<!DOCTYPE html><html><head>
<script src="{to}_static/models.js?v=1" data-own="" defer></script>
<script src="{to}_static/one.js?v=1" defer></script>
<script src="https://example.org/elsewhere.js" defer></script>
<script src="{to}_static/now.js"></script>
<script src="{to}_static/module.js" type="module" defer></script>
</head><body><script src="{to}_static/two.js" defer></script></body></html>"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "chapter").mkdir()
    for name in ("one", "two"):
        (tmp_path / f"_static/{name}.js").write_text(f"const {name} = '{name}' // no semicolon", encoding="utf-8")
    (tmp_path / "index.html").write_text(PAGE.format(to=""), encoding="utf-8")
    (tmp_path / "chapter/page.html").write_text(PAGE.format(to="../"), encoding="utf-8")
    (tmp_path / "404.html").write_text(PAGE.format(to="/book/"), encoding="utf-8")
    return tmp_path


def publish(folder):
    site = Site(folder, "/book/")
    bundles.publish(None, site)
    for page in site.pages:
        page.write()
    return {
        page.file.name: [script.attributes["src"].partition("?") for script in page.elements("script")]
        for page in Site(folder, "/book/").pages
    }


def test_pages_with_the_same_scripts_share_one_file(folder):
    found = publish(folder)
    (file,) = (folder / bundles.FOLDER).iterdir()
    name = file.relative_to(folder).as_posix()
    assert [one[0] for one in found["index.html"]] == [
        "_static/models.js",
        "https://example.org/elsewhere.js",
        "_static/now.js",
        "_static/module.js",
        name,
    ]
    assert found["page.html"][-1][0] == f"../{name}" and found["404.html"][-1][0] == f"/book/{name}"
    text = file.read_text(encoding="utf-8")
    assert text.index("const one") < text.index("const two")
    assert text.count("\n;\n") == 2  # what one leaves open does not swallow the other


def test_a_later_build_takes_the_scripts_as_they_are_now(folder):
    before = publish(folder)
    assert publish(folder) == before
    (folder / "_static/one.js").write_text("const one = 1;", encoding="utf-8")
    after = publish(folder)
    (file,) = (folder / bundles.FOLDER).iterdir()
    assert "const one = 1;" in file.read_text(encoding="utf-8")
    assert after["index.html"][-1][2] != before["index.html"][-1][2]  # a browser's cache must not keep the old one


def test_files_that_no_page_loads_any_more_go(folder):
    publish(folder)
    for page in Site(folder).pages:
        page.file.write_text("<html><body></body></html>", encoding="utf-8")
    publish(folder)
    assert not list((folder / bundles.FOLDER).iterdir())


def test_no_page_asks_for_more_scripts_than_a_browser_has_connections(site):
    for page in Site(site).pages:
        scripts = page.elements("script[src]")
        assert len(list(scripts)) <= 4, page.file


def test_rules_lose_their_idle_space_and_nothing_else():
    rules = "a { color: red; margin: 0 1px;\n  font: a, b }\np > em { --mark: ' : '; width: calc(1px + 2px) }"
    kept = 'a{color:red;margin:0 1px;font:a,b}p > em{--mark:" : ";width:calc(1px + 2px)}'
    assert theme_purge.purge(rules, set()) == kept
