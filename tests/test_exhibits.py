"""Every exhibit of the book builds, says what it takes, and can be changed in a line."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import jupytext
import pytest
from nbformat import NotebookNode
from notebooks import BOOK, notebooks
from test_corners import corners

import hardware_phase.exhibits
import hardware_phase.models
from explorables.build.pages import LONGEST
from explorables.explore import Choice, Explorer, Slider, Switch
from explorables.explore.exhibit import explorers_in
from explorables.explore.inputs import signal_name
from explorables.explore.model import TracedModel
from explorables.explore.trace import Traced, nodes_of, possible
from explorables.tables.check import code_of

PAGES = [path.relative_to(BOOK).with_suffix("").as_posix() for path in notebooks()]
COVER = "intro"  # shows its explorer without the lines that make it
TEACHES_EXPLORE = "build-your-own"  # declares an explorer in the open, as readers will
WITHOUT_EXPLORER = "sources-disagree"
MEDIAN = 6  # lines of a cell
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def exhibits() -> Iterator[tuple[str, Callable[..., Explorer]]]:
    """Every exhibit with its module's name."""
    for info in pkgutil.iter_modules(hardware_phase.exhibits.__path__):
        module = importlib.import_module(f"hardware_phase.exhibits.{info.name}")
        for name, value in vars(module).items():
            if getattr(value, "id", None) and value.__module__ == module.__name__:
                yield f"{info.name}.{name}", value


EXHIBITS = dict(exhibits())


@functools.cache
def build(name: str) -> Explorer:
    """An exhibit as the page shows it; nothing may change it."""
    return EXHIBITS[name]()


def test_there_are_exhibits_and_their_ids_are_their_own():
    assert EXHIBITS
    names = [(name.partition(".")[0], exhibit.id) for name, exhibit in EXHIBITS.items()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", EXHIBITS)
def test_an_exhibit_builds_and_help_names_all_that_it_takes(name):
    made, text = build(name), EXHIBITS[name].__doc__
    assert made.id == EXHIBITS[name].id
    for key, control in made.inputs.items():
        assert f"    {key}" in text and control.label in text, key
    assert all(readout.label in text for readout in made.readouts)
    assert all(preset in text for preset in made.presets)


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_start_an_input_the_model_and_the_views_can_be_changed_in_a_line(name):
    exhibit, made = EXHIBITS[name], build(name)
    key, control = next(iter(made.inputs.items()))
    other = _another(control)
    moved = exhibit(**{key: other}, views=made.views[:1])
    assert moved.defaults == {**made.defaults, key: other} != made.defaults
    assert moved.views == made.views[:1]

    def model(**settings):
        return {**made.function(**settings), "mine": 7.0}

    slider, was = next(((k, c) for k, c in made.inputs.items() if isinstance(c, Slider)), (None, None))
    wider = {slider: Slider(was.min, was.max + 1, was.default)} if was else {}
    mine = exhibit(model=model, views=[], **wider)
    assert mine.result["mine"] == 7.0 and mine.views == []
    assert not was or mine.inputs[slider].max == was.max + 1
    with pytest.raises(TypeError, match="no_such_input"):
        exhibit(no_such_input=1)


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_readout_has_words_for_all_codes_of_its_model_and_for_no_others(name):
    made = build(name)
    result = TracedModel(made.function, made.inputs).result
    options = {signal_name(key): c.options for key, c in made.inputs.items() if isinstance(c, Choice)}
    for readout in made.readouts:
        item = Traced(nodes_of(result[readout.name])).item
        codes = possible(item, options) if item.kind == "s" else set()
        if readout.words:
            assert codes == set(readout.words), readout.name
        assert not [code for code in codes - set(readout.words) if "_" in str(code)], f"{readout.name} shows a code"
    together, alone = corners(made)
    for settings in [*together, *alone]:
        assert list(made.readings(**settings)) == [readout.name for readout in made.readouts]


def test_models_give_codes_and_no_sentences():
    """What `np.select` and `np.where` choose from in a model is words for nobody: sentences stand in the exhibits."""
    for info in pkgutil.iter_modules(hardware_phase.models.__path__):
        tree = ast.parse(Path(hardware_phase.models.__path__[0], f"{info.name}.py").read_text(encoding="utf-8"))
        calls = [
            c for c in ast.walk(tree) if isinstance(c, ast.Call) and ast.unparse(c.func) in ("np.select", "np.where")
        ]
        texts = [
            n.value for c in calls for n in ast.walk(c) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        assert not [text for text in texts if " " in text], info.name


def _another(control: Slider | Choice | Switch) -> object:
    """Another place to start."""
    match control:
        case Slider():
            return control.max if control.default != control.max else control.min
        case Choice():
            return next(option for option in reversed(control.options) if option != control.default)
    return not control.default


# -- notebooks --------------------------------------------------------------------------------------------------------


def cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_is_prose_data_and_short_calls(name):
    found = cells(BOOK / f"{name}.md")
    lines = [len(cell.source.splitlines()) for cell in found]
    assert statistics.median(lines) <= MEDIAN and max(lines) <= LONGEST, sorted(lines)
    page = [line for line in (BOOK / f"{name}.md").read_text(encoding="utf-8").splitlines() if line.strip()]
    code = [line for cell in found for line in cell.source.splitlines() if line.strip()]
    assert len(code) <= len(page) / 2, (
        "more code than prose: what explorers and charts are made of belongs in exhibits/"
    )
    assert any("explore(" in cell.source for cell in found) == (name == TEACHES_EXPLORE)
    assert bool(explorers_in(code_of(BOOK / f"{name}.md"))) == (name != WITHOUT_EXPLORER)


@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_hides_nothing_but_self_checks(name):
    hidden = [cell for cell in cells(BOOK / f"{name}.md") if FOLDED & set(cell.metadata.get("tags", []))]
    others = [cell.source for cell in hidden if "self_check." not in cell.source]
    assert len(others) == (name == COVER) and all("exhibits." in source for source in others)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_hides_is_folded_in_jupyterlab_too(name):
    hidden = [cell for cell in cells(BOOK / f"{name}.md") if FOLDED & set(cell.metadata.get("tags", []))]
    assert all(cell.metadata.get("jupyter", {}).get("source_hidden") for cell in hidden)
