"""A page and its notebook: the notebook needs nothing but Markdown, and an edit of it goes back to the page to the letter."""

from __future__ import annotations

import base64
import copy
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import jupytext
import nbformat
import pytest
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.substitution import substitution_plugin
from notebooks import BOOK, explorers, namespace, notebooks, with_explorers

from explorables.cli import main
from explorables.explore import Explorer, curve, explore, self_check
from explorables.explore.exhibit import explorers_in
from explorables.explore.explorer import STATIC
from explorables.explore.live import chart
from explorables.notebooks import Page, Place, converted, taken_back
from explorables.notebooks.__main__ import make
from explorables.notebooks.convert import IN_CODE, INSTALL, cells, code_of
from explorables.notebooks.links import Places, identifier
from explorables.notebooks.results import Results, run
from explorables.notebooks.results import shown as shown_explorers
from explorables.site.downloads import TO_RUN
from explorables.tables.check import code_of as code_of_page
from explorables.wheels import install_cell
from hardware_phase import data

ROOT = BOOK.parent
SITE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
PLACE = Place(SITE, BOOK)
PATHS = {path.relative_to(BOOK).with_suffix("").as_posix(): path for path in notebooks()}
WIDGET = "application/vnd.jupyter.widget-view+json"
MYST = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin)
    .use(myst_role_plugin)
    .use(myst_block_plugin)
    .use(colon_fence_plugin)
    .use(attrs_plugin)
    .use(deflist_plugin)
    .use(substitution_plugin)
)
FOREIGN = re.compile(r"myst_|colon_fence|substitution|dl_open|math_block_label|amsmath")
BIBLIOGRAPHY = {identifier(key) for key in data.bibliography()}


def tokens(text: str) -> list:
    return [inner for token in MYST.parse(text) for inner in (token, *(token.children or []))]


def raw(text: str) -> list[str]:
    """What of a Markdown text only MyST knows."""
    found = tokens(text)
    own = [token.content or token.info or token.type for token in found if FOREIGN.search(token.type)]
    return own + [token.info for token in found if token.type == "fence" and "{" in token.info]


def of_site(site: Path, page: str, suffix: str = TO_RUN) -> nbformat.NotebookNode:
    return nbformat.read(site / f"_sources/{page}{suffix}", as_version=4)


def small(text: str, name: str = "ecosystem/chips") -> Page:
    header = "---\njupytext:\n  text_representation:\n    extension: .md\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n"
    return Page(name, f"{header}\n# A page\n\n{text}")


def said(text: str) -> str:
    """The Markdown that a text of a page becomes."""
    return "\n\n".join(cell.source for cell in converted(small(text), PLACE).cells[2:] if cell.cell_type == "markdown")


@pytest.mark.parametrize("page", PATHS)
def test_the_pieces_of_a_page_are_its_cells_and_together_its_file(page):
    cut = Page.read(PATHS[page], BOOK)
    blocks = list(cut.blocks())
    assert cut.header + "".join(block.head + block.body + block.tail for block in blocks) == cut.text
    cells = [(block.kind, block.body.strip()) for block in blocks if block.body.strip()]
    known = {"markdown": "text", "code": "code"}
    read = [(known[cell.cell_type], cell.source.strip()) for cell in jupytext.read(PATHS[page]).cells]
    assert cells == [cell for cell in read if cell[1]]
    assert [dict(block.metadata) for block in blocks if block.kind == "code"] == [
        dict(cell.metadata) for cell in jupytext.read(PATHS[page]).cells if cell.cell_type == "code"
    ]


def test_the_parser_of_these_tests_sees_what_only_myst_knows():
    for text in (
        "a {cite}`key`",
        "```{claims}\n```",
        ":::{div} a\n:::",
        "(here)=\n# H",
        "+++",
        "% no",
        "Term\n: Meaning",
        "{{ name }}",
    ):
        assert raw(text), text
    assert raw("`{cite}` and $x_{i}$, [a](https://a.b 'c')\n\n> **Note**\n\n```python\n{1: 2}\n```") == []


@pytest.mark.parametrize("page", PATHS)
def test_a_notebook_needs_nothing_but_markdown_and_leads_to_the_site(site, page):
    notebook = of_site(site, page)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert {text: found for text in texts if (found := raw(text))} == {}
    for text in texts:
        for token in tokens(text):
            if token.type == "link_open":
                address = token.attrs["href"]
                assert re.match(r"https?://", address), f"{address} leads nowhere from another folder"
                if address.startswith(SITE):
                    path, _hash, anchor = address.removeprefix(SITE).partition("#")
                    html = ids(site / (path.partition("?")[0] or "index.html"))
                    assert not anchor or anchor in html, address
    assert f"{SITE}{page}.html" in texts[0] and "explorer.settings" in texts[0]
    assert texts[0].count("\n") == 1


_IDS: dict[Path, set[str]] = {}


def ids(file: Path) -> set[str]:
    """The places on a page of the site."""
    if file not in _IDS:

        class Places_(HTMLParser):
            def handle_starttag(self, tag: str, attributes: list) -> None:
                _IDS[file] |= {value for name, value in attributes if name == "id"}

        _IDS[file] = set()
        Places_().feed(file.read_text(encoding="utf-8"))
    return _IDS[file]


@pytest.mark.parametrize("page", PATHS)
def test_an_untouched_notebook_goes_back_to_its_page_to_the_letter(site, page):
    text = PATHS[page].read_text(encoding="utf-8")
    for suffix in (TO_RUN, ".ipynb"):
        notebook = of_site(site, page, suffix)
        assert taken_back(notebook, PLACE, text) == text
        for cell in notebook.cells:  # some editors give new ids to all cells, and notes of their own
            cell.id, cell.metadata["trusted"] = f"other-{cell.id}", True
        assert taken_back(notebook, PLACE, text) == text


def test_an_edit_changes_its_words_and_nothing_else(site):
    page = next(name for name, path in PATHS.items() if path.read_text(encoding="utf-8").count("{cite}`") > 20)
    text = PATHS[page].read_text(encoding="utf-8")
    notebook = of_site(site, page)
    lines = [line for line in text.splitlines() if re.search(r"^[A-Z].*\w \{cite\}`[^`]+`[.,]", line)]
    cited = lines[0]
    opening = cited.split()[0]
    cell = next(
        c for c in notebook.cells if c.cell_type == "markdown" and f"\n{opening} {cited.split()[1]} " in f"\n{c.source}"
    )
    cell.source = cell.source.replace(f"{opening} {cited.split()[1]} ", f"Truly, {opening} {cited.split()[1]} ", 1)
    assert taken_back(notebook, PLACE, text) == text.replace(cited, f"Truly, {cited}")


def test_code_solutions_and_new_and_deleted_cells_go_back(site):
    page = "build-your-own"
    text = PATHS[page].read_text(encoding="utf-8")
    notebook = of_site(site, page)
    code = next(cell for cell in notebook.cells if cell.source.startswith("SECONDS") or "86_400" in cell.source)
    code.source = code.source.replace("86_400", "24 * 3600")
    folded = next(cell for cell in notebook.cells if "reported_days = " in cell.source)
    folded.source = folded.source.replace("/ 24", "/ 24.0").replace("The days fall", "So the days fall")
    number = notebook.cells.index(code)
    notebook.cells[number + 1 : number + 1] = [
        nbformat.v4.new_code_cell("1 + 1", metadata={"tags": ["remove-input"]}),
        nbformat.v4.new_markdown_cell("A remark."),
    ]
    gone = next(cell for cell in notebook.cells if cell.source == "run.table().head(3)")
    notebook.cells.remove(gone)
    new = taken_back(notebook, PLACE, text)
    wanted = (
        text.replace("86_400", "24 * 3600").replace("/ 24\n", "/ 24.0\n").replace("The days fall", "So the days fall")
    )
    wanted = wanted.replace("\n```{code-cell} ipython3\nrun.table().head(3)\n```\n", "")
    added = """
```{code-cell} ipython3
---
tags:
- remove-input
jupyter:
  source_hidden: true
---
1 + 1
```

A remark.
"""
    assert new.replace(added, "") == wanted and added in new
    texts = [cell.source for cell in converted(Page(page, new), PLACE).cells]
    assert texts[texts.index("1 + 1") + 1].startswith("A remark.")


def test_what_stands_for_a_construct_of_the_source_is_not_edited_in_silence(site):
    page = "acceleration/fab"
    notebook = of_site(site, page)
    cell = next(cell for cell in notebook.cells if "Claim tested here" in cell.source)
    cell.source = cell.source.replace("supported", "proved")
    with pytest.raises(
        ValueError, match=r"the cell that begins (.|\n)*```\{claims\}\n```\nEdit that in the page's source"
    ):
        taken_back(notebook, PLACE, PATHS[page].read_text(encoding="utf-8"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with one page of a book, as Git knows it."""
    (tmp_path / "book/chapter").mkdir(parents=True)
    (tmp_path / "_config.yml").write_text("html: {baseurl: https://example.org/book/}\n")
    page = small("## One\n\nFirst words.\n\n```{code-cell} ipython3\n1 + 1\n```\n\n## Two\n\nLast words.\n").text
    (tmp_path / "book/chapter/page.md").write_text(page)
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "A page"),
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_the_command_takes_a_notebook_back_and_git_sees_only_the_edit(checkout, monkeypatch, capsys):
    monkeypatch.chdir(checkout)
    assert make(checkout) == 0
    file, page = checkout / "book/chapter/page.ipynb", checkout / "book/chapter/page.md"
    assert main(["back", str(file)]) == 0
    diff = ["git", "diff", "--stat", "--", "book/chapter/page.md"]
    assert subprocess.run(diff, capture_output=True, text=True, check=True).stdout == ""

    notebook = nbformat.read(file, as_version=4)
    ran = next(cell for cell in notebook.cells if cell.source == "1 + 1")
    ran.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    words = next(cell for cell in notebook.cells if "Last words." in cell.source)
    words.source = words.source.replace("Last", "Other")
    nbformat.write(notebook, file)
    assert make(checkout) == 0 and "kept as you edited it" in capsys.readouterr().out
    assert "Other words." in file.read_text(), "an edited notebook must not be written over"

    # Meanwhile somebody else edits the page.
    page.write_text(page.read_text().replace("First", "Early"))
    assert main(["back", str(file)]) == 0
    assert "Early words." in page.read_text() and "Other words." in page.read_text()
    renewed = nbformat.read(file, as_version=4)
    assert any("Early words." in cell.source for cell in renewed.cells)
    assert next(cell for cell in renewed.cells if cell.source == "1 + 1").outputs[0].data["text/plain"] == "2"
    assert make(checkout) == 0 and "kept" not in capsys.readouterr().out

    # Both edit the same words.
    renewed.cells[-1].source = renewed.cells[-1].source.replace("Other", "Third")
    nbformat.write(renewed, file)
    page.write_text(page.read_text().replace("Other", "Fourth"))
    subprocess.run(["git", "stash", "-q"], check=True)
    assert main(["back", str(file)]) == 2
    assert "does not have its earlier state" in capsys.readouterr().err


def test_what_opening_running_and_saving_write_is_nothing_to_git():
    written = [
        file
        for page in PATHS.values()
        for file in (page.with_suffix(".ipynb"), page.parent / f".ipynb_checkpoints/{page.stem}-checkpoint.ipynb")
    ]
    asked = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z"],
        cwd=ROOT,
        input="\0".join(map(str, written)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(asked.stdout.split("\0")) - {""} == set(map(str, written))
    # A click on a page opens text: Jupytext would write the options of its cells in another form.
    settings = json.loads((ROOT / ".jupyter/labconfig/default_setting_overrides.json").read_text(encoding="utf-8"))
    assert "Jupytext" not in json.dumps(settings)


def test_what_a_live_kernel_shows_can_be_read_without_its_widget(monkeypatch):
    """A front end that has no widget takes HTML, then pictures; one that trusts a notebook as little shows no SVG."""
    spec = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"y": {"field": "a", "type": "quantitative"}}}
    monkeypatch.delenv(STATIC, raising=False)
    question = self_check.number("How much?", 2.0, why="It is.", hint="Think.")._repr_mimebundle_()
    assert "How much?" in question["text/html"]
    drawn = chart(spec)
    assert "text/html" not in drawn and base64.b64decode(drawn["image/png"]).startswith(b"\x89PNG")
    plan = explore(lambda a: {"twice": 2 * a}, curve("a", "twice"), a=(1.0, 4.0), id="plan").set(a=3.5)
    shown = plan._repr_mimebundle_()
    assert {WIDGET, "text/html"} <= set(shown)
    (picture,) = re.findall(r'<img alt="[^"]+" src="data:image/png;base64,([^"]+)"', shown["text/html"])
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert [text for _, text in plan.lines()] == re.findall("<td>(.*?)</td>", shown["text/html"])
    assert "Run this cell" in shown["text/html"]


def test_what_nobody_has_words_for_is_named_with_its_place():
    for text, what in (
        ("Two\nlines {nonsense}`a`.", r"ecosystem/chips.md:13: no notebook has words for the role 'nonsense'"),
        ("```{nonsense}\n```", r"ecosystem/chips.md:13: no notebook has words for the directive 'nonsense'"),
        ("```{note}\na\n\n{cite}`nobody_1999`\n```", r"ecosystem/chips.md:16: the bibliography has no 'nobody_1999'"),
        ("{term}`nonsense`", "the glossary has no 'nonsense'"),
        ("[a](nowhere.md)", "there is no page 'ecosystem/nowhere'"),
        ("```{note}\na", "ecosystem/chips.md:13: nothing closes"),
    ):
        with pytest.raises(ValueError, match=what):
            converted(small(text), PLACE)


def test_each_construct_becomes_what_markdown_has():
    key = next(iter(data.bibliography()))
    entry = data.bibliography()[key]
    assert f"({entry['author']}, {entry['year']}](" not in said(f"As said {{cite}}`{key}`.")
    assert f'[{entry["author"]}, {entry["year"]}]({SITE}bibliography.html#{identifier(key)} "' in said(
        f"{{cite}}`{key}`"
    )
    assert f"[{entry['author']} ({entry['year']})](" in said(f"{{cite:t}}`{key}` says")
    assert (
        said("```{warning}\nTake *care*.\n\nAnd more.\n```")
        == "# A page\n\n> **Warning**\n>\n> Take *care*.\n> \n> And more."
    )
    assert said("```{math}\na = b\n```").endswith("$$\na = b\n$$")
    assert said("$$\na\n$$ (name)").endswith("$$\na\n$$")
    assert said("{.fold}\n### Deeper\n\nText with [words]{.small}.").endswith("### Deeper\n\nText with words.")
    assert said("Term\n: What it means").endswith("**Term**  \nWhat it means")
    assert said("[](market.md#sellers)").endswith(f"]({SITE}ecosystem/market.html#sellers)")
    assert (
        f']({SITE}glossary.html#term-HBM "' in said("Stacks of HBM.\n\nHBM again.")
        and said("HBM and HBM").count("](") == 1
    )
    assert said("```{code-block} bash\nls\n```").endswith("```bash\nls\n```")
    solved = said(
        "```{exercise} Count\n:label: a.1\n:minutes: 5\n:difficulty: easy\n:objective: Count two.\nHow many?\n```\n\n```{solution} a.1\n:class: dropdown\nTwo.\n```\n\nOn."
    )
    assert solved.endswith(
        "### Exercise a.1. Count\n\n*5 minutes, easy.* Count two.\n\nHow many?\n\n<details>\n<summary>Solution of a.1</summary>\n\nTwo.\n\n</details>\n\nOn."
    )


def test_numbers_of_the_code_stand_in_the_text(kernel, tmp_path):
    code = (
        "from explorables.explore import explore\n"
        "def saved(rate, years):\n    return 100 * (1 + rate) ** years\n"
        "explore(saved, rate=(0.0, 0.1, 0.01), years=(1, 40), presets={'Long': {'years': 40}}, id='plan')"
    )
    page = small(
        f"You have {{now}}`plan.result`. {{set}}`Wait <plan?Long>` or {{set}}`less <plan?years=3>`.\n\n```{{code-cell}} ipython3\n{code}\n```\n"
    )
    ran = run(code_of(page), tmp_path)
    notebook = converted(page, PLACE, ran)
    text = notebook.cells[2].source
    shown = re.search(r"You have ([\d.]+)\.", text)
    made = shown_explorers(ran)[0]["plan"]
    rate, years = (control["value"] for control in made["controls"])
    assert float(shown[1]) == pytest.approx(100 * (1 + rate) ** years, rel=1e-2)
    assert f"[Wait]({SITE}ecosystem/chips.html?plan.years=40#plan " in text
    assert taken_back(notebook, PLACE, page.text) == page.text, "what was said is known without running the code again"
    edited = copy.deepcopy(notebook)
    edited.cells[2].source = edited.cells[2].source.replace("You have", "You would have")
    assert taken_back(edited, PLACE, page.text) == page.text.replace("You have", "You would have")
    with pytest.raises(ValueError, match="plan has no 'nothing'"):
        converted(small(f"{{now}}`plan.nothing`\n\n```{{code-cell}} ipython3\n{code}\n```\n"), PLACE, ran)


def test_hidden_code_is_folded_and_results_stand_where_the_code_is(site):
    for page, path in PATHS.items():
        notebook = of_site(site, page, ".ipynb")
        hidden = [
            c for c in notebook.cells if c.cell_type == "code" and c.metadata.get("jupyter", {}).get("source_hidden")
        ]
        tags = [b.metadata.get("tags", []) for b in Page.read(path, BOOK).blocks() if b.kind == "code"]
        assert [c.id for c in hidden].count(INSTALL) == 1
        assert len(hidden) - 1 == sum("remove-input" in t or "hide-input" in t for t in tags), page
        assert any(cell.get("outputs") for cell in notebook.cells), page


def test_the_line_that_shows_of_the_folded_first_cell_fits():
    line, *_rest = install_cell(SITE).splitlines()
    assert line.startswith("#") and len(line) < 60


def test_links_lead_where_the_site_puts_things(site):
    places = Places(SITE, BOOK)
    terms = [re.search(r"glossary\.html#(\S+)", places.term(term))[1] for term in places.glossary]
    assert set(terms) <= ids(site / "glossary.html")
    assert ids(site / "bibliography.html") >= BIBLIOGRAPHY & ids(site / "bibliography.html") != set()
    assert set(places.glossary) and all(places.glossary.values())


SHOWN = ("scaling", "everywhere-else")  # one explorer in a cell, and two; the others once a week


@pytest.mark.parametrize(
    "path",
    [path if path.stem in SHOWN else pytest.param(path, marks=pytest.mark.nightly) for path in with_explorers()],
    ids=lambda path: path.stem,
)
def test_what_an_explorer_is_in_code_stands_once_behind_the_first(path, site, notebook_run, tmp_path, monkeypatch):
    """Each line runs, with the variable that the notebook has."""
    page = Page(path.relative_to(BOOK).with_suffix("").as_posix(), path.read_text(encoding="utf-8"))
    notebook = converted(page, PLACE, said=of_site(site, page.name).metadata["explorables"]["said"])
    [at] = [at for at, cell in enumerate(notebook.cells) if cell.id == IN_CODE]
    text, before = notebook.cells[at].source, notebook.cells[at - 1]
    name = re.search(r"`(\w+)`", text)[1]
    explorer = namespace(path)[name]
    assert isinstance(explorer, Explorer) and re.search(rf"\b{name}\b", before.source.splitlines()[-1])
    lines = re.search(r"```python\n(.*)\n```", text, re.DOTALL)[1].splitlines()
    assert [re.search(r"\.(\w+)", line)[1] for line in lines] == ["settings", "result", "table", "set", "save"]
    control, value = next(iter(explorer.settings.items()))
    monkeypatch.chdir(tmp_path)
    for line in lines:
        exec(line.replace("NAME=VALUE", f"{control}={value!r}"), {name: explorer})  # noqa: S102
    assert [file.name for file in tmp_path.iterdir()] == [f"{name}.html"]
    assert taken_back(notebook, PLACE, page.text) == page.text, "the page does not get the cell"
    assert set(explorers_in(code_of_page(path))) == {one.id for one in explorers(path)}, "each has a variable"


def test_a_page_without_numbers_of_its_code_is_not_run():
    def never() -> nbformat.NotebookNode:
        raise AssertionError("nothing in the text asks for the code's numbers")

    page = small("Only words.\n\n```{code-cell} ipython3\n1 / 0\n```\n")
    assert "".join(cell.source for cell in cells(page, PLACE, Results(never))) == page.text.removeprefix(page.header)
