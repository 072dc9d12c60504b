"""Sphinx extension: explorers, Altair charts and self-checks are drawn when the book is built and come alive on the page."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorables.book import current
from explorables.explore import theme
from explorables.explore.explorer import MIME, STATIC
from explorables.explore.frames import MIME as TABLE
from explorables.explore.self_check import MIME as SELF_CHECK
from explorables.explore.values import MIME as VALUES

if TYPE_CHECKING:  # a kernel, which shows explorers by the site's script, has no Sphinx
    from docutils import nodes
    from sphinx.application import Sphinx

WIDGET = "application/vnd.jupyter.widget-view+json"
VEGALITE = "application/vnd.vegalite.v6+json"
HERE = Path(__file__).parent
# In this order where Sphinx asks several of them at once and they name no priority.
PARTS = tuple(
    f"explorables.site.{name}"
    for name in (
        "i18n",
        "citation_style",
        "bound",
        "opening",
        "catalogue",
        "ages",
        "reading",
        "execution",
        "exercises",
        "scenarios",
        "search",
        "self_checks",
        "spaces",
        "pdf_link",
        "terms",
        "theme_purge",
        "addresses",
        "maths",
        "pages",
        "security",
    )
)
# What a site has that lists the extension and registers no `Book`: its explorers live, and all else is as it was.
EVERYWHERE = tuple(f"explorables.site.{name}" for name in ("i18n", "bound", "self_checks", "pages"))
FIRST = 150  # before the theme's scripts, so that explorers answer before menus do
SCRIPTS = HERE / "static"  # bundled by `npm run build` in js/


class ChartRenderer:
    """MyST-NB renders explorers, Vega-Lite charts, data frames and self-checks through this class."""

    mime_priority_overrides: ClassVar = [
        ("*", MIME, 1),
        ("*", VEGALITE, 2),
        ("*", SELF_CHECK, 3),
        ("*", VALUES, 4),
        ("*", TABLE, 5),
    ]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """What a page shows for an output of a cell: MyST-NB asks, and draws itself what gives None."""
        from docutils import nodes
        from sphinx.errors import ExtensionError

        from explorables.site import markup, self_checks, tables

        if inline or data.mime_type not in (MIME, VEGALITE, SELF_CHECK, VALUES, TABLE):
            return None
        content = json.loads(data.string) if isinstance(data.content, str | bytes) else data.content
        where = f"{renderer.source}, cell {(data.cell_index or 0) + 1}"
        if data.mime_type == TABLE:
            return [tables.node(content)]
        if data.mime_type == VALUES:
            renderer.renderer.document.attributes.setdefault("xp_values", {}).update(content)
            return [nodes.raw("", "", format="html")]  # its numbers stand in the text
        if data.mime_type == SELF_CHECK:
            return [self_checks.node(content, renderer.renderer.document, where)]
        try:
            if data.mime_type == MIME:
                _reserve(renderer, content, where)
                html = markup.explorer(content)
            else:
                html = markup.figure(content, f"c{data.cell_index}-{data.output_index}")
        except ValueError as error:
            raise ExtensionError(f"{where}: the chart cannot be drawn: {error}") from error
        node = nodes.raw("", html, format="html")
        node["xp_chart"] = True
        return [node]


def _reserve(renderer: Any, content: dict[str, Any], where: str) -> None:
    """Note an explorer of a page: its name for addresses, what it shows for the text that is bound to it."""
    from sphinx.errors import ExtensionError

    name = content["id"]
    page = renderer.renderer.document.attributes
    page.setdefault("xp_payloads", {})[name] = {key: content[key] for key in ("controls", "readouts", "presets")}
    seen = page.setdefault("xp_explorers", [])
    if name in seen:
        raise ExtensionError(f"{where}: two explorers on the page are called {name!r}; give one of them another id=")
    seen.append(name)


def _prepare(app: Sphinx, config: Any) -> None:
    from sphinx.errors import ExtensionError

    if "myst_nb" not in app.extensions:
        raise ExtensionError(
            "explorables draws what MyST-NB runs, and this site is built without it: add 'myst_nb' to its extensions. With another "
            "reader of notebooks, such as nbsphinx, take 'explorables' out and end a cell in "
            "IPython.display.HTML(explorer.html())"
        )
    os.environ[STATIC] = "1"  # kernels inherit it: explorers then describe themselves for the page
    if not (SCRIPTS / "xp-check.js").exists():
        raise ExtensionError(
            f"the page script is missing: run `npm ci && npm run build` in {HERE / 'js'}, or `make book`"
        )
    config.html_static_path = [*config.html_static_path, str(SCRIPTS)]


def check_names(app: Sphinx, doctree: nodes.document) -> None:
    """An explorer's name is an address on its page: no heading or label may have it too."""
    from sphinx.errors import ExtensionError

    for name in doctree.attributes.get("xp_explorers", []):
        if name in doctree.ids:
            raise ExtensionError(
                f"{doctree['source']}: a heading or label is called {name!r} like the explorer; change id="
            )


def without_widgets(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out what stored notebooks bring for their widgets, from public hosts, where a page shows explorers in their place."""
    from docutils import nodes

    if not doctree.attributes.get("xp_explorers"):
        return
    for kind in doctree.findall(
        lambda node: node.get("mime_type") == WIDGET if isinstance(node, nodes.Element) else False
    ):
        if not any(other.get("mime_type") == MIME for other in kind.parent.children):
            return
    files = app.env.nb_metadata.get(app.env.docname, {}).get("js_files", {})
    for name in [name for name in files if name.startswith("ipywidgets")]:
        del files[name]


def _keep_drawings(app: Sphinx) -> None:
    """Keep drawings beside the notebooks' results, for the next build."""
    from explorables.site import charts

    if results := app.env.mystnb_config.execution_cache_path:
        charts.store = Path(results).with_name(".drawings")


def _style(app: Sphinx) -> None:
    """Write the style sheet, whose colours are the theme's."""
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "xp.css"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(theme.css() + "\n" + (HERE / "explore.css").read_text(encoding="utf-8"), encoding="utf-8")


def add_script(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Load the style on every page, and the explorers' script where there is a chart."""
    from docutils import nodes

    from explorables.site.catalogue import tables_of

    app.add_css_file("xp.css")
    if doctree is not None and any(node.get("xp_chart") for node in doctree.findall(nodes.raw)):
        # The script fetches these itself, so that a page need not wait for them.
        later: dict[str, Any] = {
            f"data-{name}": f"xp-{name}.js?v={hashlib.sha256((SCRIPTS / f'xp-{name}.js').read_bytes()).hexdigest()[:8]}"
            for name in ("vega", "take")
        }
        app.add_js_file("xp.js", loading_method="defer", priority=FIRST, **(later | tables_of(pagename)))


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx: all of its parts for a book that is registered, what explorers need for others."""
    for name in (*PARTS, *current().extensions) if current().package else EVERYWHERE:
        app.setup_extension(name)
    app.connect("config-inited", _prepare)
    app.connect("builder-inited", _keep_drawings, priority=900)  # MyST-NB settles the place in its own
    app.connect("builder-inited", _style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
