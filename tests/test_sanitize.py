"""Nothing that a student writes runs where an instructor looks: every trick is opened in a browser."""

from __future__ import annotations

import time

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from playwright.sync_api import Browser

from explorables.classroom.grading.sanitize import UNSHOWN, html, markdown, quiet, sanitize

RUN = "window.name='ran'"
MARKDOWN = [
    f"<script>{RUN}</script>",
    f'<img src=x onerror="{RUN}">',
    f"<svg/onload={RUN}>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f"[open](javascript:{RUN})",
    f"[open](&#106;avascript:{RUN})",
    f"[open](java\tscript:{RUN})",
    f"[open](\x01javascript:{RUN})",
    f"[open](javascript\\:{RUN})",
    f"[open](vbscript:{RUN})",
    f"[open](data:text/html,<script>{RUN}</script>)",
    f"[open]: javascript:{RUN}\n\n[open]",
    f"<javascript:{RUN}>",
    f"<details open ontoggle={RUN}>x</details>",
    f"`<img src=x onerror={RUN}>`",
    f"```\n</code></pre><img src=x onerror={RUN}>\n```",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    f"$$</script><script>{RUN}</script>$$",
    f"<!-- --!><script>{RUN}</script> -->",
    f"<math><mtext><style><img src=x onerror={RUN}></style></mtext></math>",
    f"![x]({'attachment'}:x.svg)\n<style onload={RUN}></style>",
    f"<form action=javascript:{RUN}><button>open</button></form>",
    "![x](https://spy.example/1.png)",
    "![x][spy]\n\n[spy]: https://spy.example/2.png",
    "[![x](https://spy.example/3.png)](https://example.org)",
]
HTML = [
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<a href=javascript:{RUN}>open</a>",
    f"<table><tr><td onmouseover={RUN}>1</td></tr></table>",
    f"<math><mi//xlink:href='data:x,<script>{RUN}</script>'>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<base href='javascript:{RUN}/'>",
    f"<meta http-equiv=refresh content='0;javascript:{RUN}'>",
    f"<object data='data:text/html,<script>{RUN}</script>'></object>",
    f"<img src='data:image/svg+xml,<svg onload={RUN}>'>",
    f"<a href='data:text/html,<script>{RUN}</script>'>open</a>",
    f"<a href=' &#1;javascript:{RUN}'>open</a>",
    "<img src=https://spy.example/4.png>",
    "<div style='background:url(https://spy.example/5.png)'>x</div>",
    "<table background=https://spy.example/6.png><tr><td>1</td></tr></table>",
    "<link rel=stylesheet href=https://spy.example/7.css>",
]
OUTPUTS = [
    {"application/javascript": RUN},
    {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{RUN}\"><script>{RUN}</script></svg>"},
    {"text/markdown": f"<script>{RUN}</script>"},
    {"text/latex": f"$\\href{{javascript:{RUN}}}{{open}}$"},
    {"image/png": f"x' onerror='{RUN}"},
    {"application/vnd.jupyter.widget-view+json": {"model_id": f"<script>{RUN}</script>"}},
]


def everything() -> nbformat.NotebookNode:
    """A notebook with every trick."""
    cells = [new_markdown_cell(text) for text in MARKDOWN] + [new_raw_cell(text) for text in MARKDOWN[:3]]
    outputs = [new_output("display_data", {"text/html": text}) for text in HTML]
    outputs += [new_output("display_data", data) for data in OUTPUTS]
    outputs += [
        new_output("stream", text=f"\x1b[31m<script>{RUN}</script>"),
        new_output("error", ename=f"<script>{RUN}</script>", evalue="", traceback=[f"<img src=x onerror={RUN}>"]),
    ]
    tagged = new_code_cell(f"# </code><script>{RUN}</script>", metadata={"tags": [f'"><script>{RUN}</script>']})
    tagged.outputs = outputs
    cells.append(tagged)
    return new_notebook(cells=cells, metadata={"title": f"</title><script>{RUN}</script>"})


def test_no_trick_runs_in_a_page_that_an_instructor_opens(browser: Browser, tmp_path) -> None:
    notebook = everything()
    sanitize(notebook)
    nbformat.validate(notebook)
    page_file = tmp_path / "page.html"
    exporter = HTMLExporter(template_name="classic")  # what formgrader shows work by
    page_file.write_text(exporter.from_notebook_node(notebook)[0].replace("<head>", "<head><base target=_self>"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(page_file.as_uri())
    for link in page.get_by_text("open").all():
        if link.evaluate("link => !!link.closest('a')"):
            assert not (link.evaluate("link => link.closest('a').protocol") or "").startswith(
                ("javascript", "vbscript", "data")
            )
    for cell in page.locator("td").all():
        cell.hover()
    page.wait_for_timeout(300)
    assert page.evaluate("window.name") == ""
    assert [url for url in fetched if "spy.example" in url] == []
    context.close()


def test_the_same_page_runs_them_without_the_cleaning(browser: Browser, tmp_path) -> None:
    """Else the test above would show nothing."""
    page_file = tmp_path / "page.html"
    notebook = everything()
    # This one stops nbconvert, and with it formgrader's page.
    notebook.cells = [cell for cell in notebook.cells if "attachment:" not in cell.source]
    page_file.write_text(HTMLExporter(template_name="classic").from_notebook_node(notebook)[0])
    context = browser.new_context(offline=True)
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(page_file.as_uri())
    page.wait_for_timeout(300)
    assert page.evaluate("window.name") == "ran"
    assert [url for url in fetched if "spy.example" in url]
    context.close()


@pytest.mark.parametrize(
    "text",
    [
        "Power is **chips** times watts: $P = n \\cdot w < 3$.",
        "- a\n- b\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        "See [the page](https://example.org/a?b=1) and `x < y`.",
        "The data: 3 < 4 & 5 > 2.",
    ],
)
def test_honest_text_stays_as_it_was_written(text: str) -> None:
    assert markdown(text) == text


def test_honest_tables_and_pictures_stay() -> None:
    table = "<table><thead><tr><th>watts</th></tr></thead><tbody><tr><td>700</td></tr></tbody></table>"
    assert html(table) == table
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    notebook = new_notebook(cells=[new_code_cell(outputs=[new_output("display_data", {"image/png": png})])])
    sanitize(notebook)
    assert notebook.cells[0].outputs[0].data == {"image/png": png}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
        ("10 %\r20 %\tdone", "10 %\r20 %\tdone"),
        ("\x1b]8;;javascript:x\x07open\x1b]8;;\x07", "open"),
        ("\x1b]0;title\x1b\\y", "y"),
        ("\x1b[2J\x1bc\x9b2J\x00\x07", "[2Jc2J"),
    ],
)
def test_a_terminal_is_given_colours_and_no_commands(given: str, kept: str) -> None:
    assert quiet(given) == kept


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 200_000,
        "".join(f"<b title=a{n}>" for n in range(3000)) + "<p>" * 20_000,
        "<table><tr><td>" * 50_000,
    ],
    ids=["nested", "crossed", "tables"],
)
def test_a_page_that_would_take_minutes_is_not_shown(page: str) -> None:
    start = time.monotonic()
    assert html(page) == UNSHOWN
    assert time.monotonic() - start < 5
    rows = "<tr>" + "<td>1</td>" * 20 + "</tr>"
    assert html(f"<table>{rows * 1000}</table><br>").count("<td>") == 20_000


@pytest.mark.parametrize("piece", [r"\begin{a}", "[a](", "![", "***a** ", "> ", "[](<", "- a\n"])
def test_no_text_keeps_a_renderer_busy_for_minutes(piece: str) -> None:
    start = time.monotonic()
    shown = markdown(piece * (2_000_000 // len(piece)))
    HTMLExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell(shown)]))
    assert time.monotonic() - start < 20
    assert "more letters were handed in" in shown
