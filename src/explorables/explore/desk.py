"""Explorers in a live kernel as on the page: its own markup and script, in a widget that tells the kernel the settings.

A move is computed and drawn in the browser, so it does not wait for the kernel. The kernel hears of the settings as fast
as it can take them, the last ones in any case, and computes a result when it is asked for one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from explorables import drawing

if TYPE_CHECKING:
    from explorables.explore.explorer import Explorer

NAME = "xp-name-"  # stands for the name of an explorer until it is shown: twice shown, it needs two
STYLE = """
.xp-explorer[data-kernel] { margin: .4rem 0; font-family: var(--jp-content-font-family, system-ui, sans-serif); line-height: 1.4; --xp-header: 0px; }
.xp-explorer[data-kernel] .xp-chart { min-height: 8rem; }
.xp-explorer[data-kernel] .xp-panel { max-height: 85vh; }
.xp-explorer[data-kernel] .xp-readouts :is(dt, dd) { float: none; display: block; width: auto; }
.xp-explorer[data-kernel] a { color: var(--xp-action); }
"""
MODULE = """
const vega = () => {{ {vega} }};
const take = () => {{ {take} }};
const page = () => {{ {page} }};
const words = {words};
let shown = 0;

function render({{ model, el }}) {{
  const name = shown++ ? `${{model.get('name')}}-${{shown}}` : model.get('name');
  el.innerHTML = model.get('html').replaceAll('{name}', name);
  // Keys belong to the sliders. Lab's shortcuts are for whatever has the focus, so what has it must say no, not what is around it.
  el.addEventListener('focusin', ({{ target }}) => {{ target.dataset.lmSuppressShortcuts = 'true'; }});
  const root = el.querySelector('.xp-explorer');
  root.dataset.kernel = '';
  const follow = () => root.xpExplorer?.change(model.get('settings'));
  const tell = () => {{
    model.set('settings', {{ ...root.xpExplorer.settings }});
    model.save_changes();
  }};
  const begin = () => {{
    if (!el.isConnected) return void (waiting = requestAnimationFrame(begin));
    if (!document.getElementById('xp-words')) {{
      const script = Object.assign(document.createElement('script'), {{ type: 'application/json', id: 'xp-words', textContent: words }});
      document.head.append(script);
    }}
    for (const script of el.querySelectorAll('script:not([type])')) {{
      script.replaceWith(Object.assign(document.createElement('script'), {{ textContent: script.textContent }})); // which runs
    }}
    if (!window.xpVega) vega();
    if (!window.xpTake) take();
    page();
    follow();
    root.addEventListener('xp-change', tell);
  }};
  let waiting = requestAnimationFrame(begin);
  model.on('change:settings', follow);
  return () => {{
    cancelAnimationFrame(waiting);
    model.off('change:settings', follow);
    for (const chart of root.xpExplorer?.charts ?? []) chart.view?.finalize();
  }};
}}

export default {{ render }};
"""


def possible() -> bool:
    """Whether this kernel has what it takes: the page's script, and what compiles charts, which a browser's Python lacks."""
    return sys.platform != "emscripten" and find_spec("vl_convert") is not None and drawing.by().ready()


@cache
def widget_class() -> type[anywidget.AnyWidget]:
    """The class of the widgets; the scripts are read when the first one is made."""
    vega, take, page = drawing.by().scripts()
    words = json.dumps(json.dumps(drawing.by().words()))
    style = f"{drawing.by().style()}\n{STYLE}"

    class Desk(anywidget.AnyWidget):
        """An explorer's markup, and its settings as they stand in the browser and in the kernel."""

        _esm = MODULE.format(vega=vega, take=take, page=page, words=words, name=NAME)
        _css = style
        name = traitlets.Unicode().tag(sync=True)
        html = traitlets.Unicode().tag(sync=True)
        settings = traitlets.Dict().tag(sync=True)

    return Desk


class DeskExplorer:
    """The widget of one explorer, kept in step with its settings."""

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        html = drawing.by().controls({**explorer.payload(), "id": NAME})
        self.box = widget_class()(name=explorer.id, html=html, settings=explorer.settings)
        self.box.observe(self._on_settings, "settings")

    def show(self, settings: Mapping[str, Any]) -> None:
        """Move the controls to these settings."""
        self.box.settings = dict(settings)

    def _on_settings(self, change: Any) -> None:
        inputs = self.explorer.inputs
        self.explorer._moved({name: inputs[name].check(value) for name, value in change["new"].items()})
