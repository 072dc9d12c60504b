"""Where a line belongs: the tool serves any book and knows nothing of this one; rooms depend on each other one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from hardware_phase import BOOK

ROOT = Path(__file__).resolve().parent.parent
TOOL, OWN = ROOT / "src/explorables", ROOT / "src/hardware_phase"
MADE = {"node_modules", "static", "__pycache__"}  # by others, or by a build
TEXT = {".py", ".js", ".css", ".html", ".j2", ".json", ".toml", ".po"}

# What the book is about, and what its authors speak of.
SUBJECT = [
    "China",
    "America",
    "American",
    "Huawei",
    "Ascend",
    "Nvidia",
    "SMIC",
    "TSMC",
    "DeepSeek",
    "Taiwan",
    "chip",
    "chips",
    "GPU",
    "GPUs",
    "NPU",
    "wafer",
    "wafers",
    "semiconductor",
    "lithography",
    "HBM",
    "TPP",
    "MFU",
    "FLOP",
    "FLOPs",
    "TOPS",
    "yuan",
    "sanctions",
    "hardware",
    "essay",
    "claim",
    "claims",
]
# A word that the tool may say all the same, with the file and the reason.
SPARED = {
    ("build/pdf.py", "gpu"),  # a flag of Chromium's
}
# Which rooms a room uses besides the top of its package: its floors, from the ground up.
USES = {
    "explorables": {
        "drawing": set(),  # what an explorer asks for its HTML; the top names the room that answers
        "replies": set(),
        "tables": set(),
        "book": {"tables"},
        "wheels": {"book"},
        "explore": {"book", "drawing"},
        "classroom": {"book", "explore", "replies", "wheels"},
        "notebooks": {"book", "classroom", "explore", "wheels"},
        "refresh": {"book", "classroom", "explore", "tables"},
        # On a page exercises are judged as `check` judges them.
        "site": {"book", "classroom", "explore", "notebooks", "replies", "tables"},
        "build": {"book", "classroom", "site", "tables"},
        "cli": {"build", "classroom", "notebooks", "refresh"},  # the door to them all
        "__init__": {"drawing", "site"},
    },
    "hardware_phase": {
        "__init__": set(),
        "models": {"__init__"},
        "sources": {"__init__", "models"},
        "exhibits": {"__init__", "models", "sources"},
        "evidence": {"__init__", "models", "sources"},
    },
}


def files(folder: Path, suffixes: set[str] = TEXT) -> Iterator[Path]:
    """The files of a package that somebody wrote."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in suffixes and not MADE & set(file.relative_to(folder).parts):
            yield file


def imports(file: Path) -> Iterator[tuple[str, ...]]:
    """Names of what a module imports, in parts."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                yield (*node.module.split("."), name.name)


def rooms(package: Path) -> set[str]:
    """The folders and lone modules of a package."""
    return {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}


def arrows(package: Path) -> set[tuple[str, str]]:
    """Which rooms of a package use which others of it."""
    found, known = set(), rooms(package)
    for file in files(package, {".py"}):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        for first, *rest in imports(file):
            if first == package.name:
                other = rest[0] if rest and rest[0] in known else "__init__"
                found |= {(room, other)} - {(room, room)}
    return found


def test_the_tool_imports_nothing_of_a_book():
    found = [(file, name) for file in files(TOOL, {".py"}) for name in imports(file) if name[0] == BOOK.package]
    assert found == []


@pytest.mark.parametrize("package", [TOOL, OWN], ids=lambda path: path.name)
def test_rooms_use_each_other_one_way(package):
    """The list is that of the rooms and of their arrows, no more and no less, and no way along them leads back."""
    found = arrows(package)
    print(*(f"{package.name}: {one} -> {other}" for one, other in sorted(found)), sep="\n")
    assert rooms(package) == set(USES[package.name])
    assert found == {(room, other) for room, others in USES[package.name].items() for other in others}
    TopologicalSorter(USES[package.name]).prepare()  # names a circle, if there is one


def words(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", re.IGNORECASE)


@pytest.mark.parametrize("word", SUBJECT)
def test_the_tool_says_no_word_of_this_books_subject(word):
    found = {
        (file.relative_to(TOOL).as_posix(), match[0])
        for file in files(TOOL)
        for match in words(word).finditer(file.read_text(encoding="utf-8"))
    }
    assert found - SPARED == set()


def test_the_tool_has_no_colour_and_no_unit_of_this_book():
    for file in files(TOOL):
        text = file.read_text(encoding="utf-8")
        for name in BOOK.colours:
            assert not re.search(rf"--xp-{name}\b|(?:colour|COLOURS|ink)[\[(][\"']{name}[\"']", text), (file, name)
        for unit in BOOK.units:
            assert not re.search(rf"(?<![\w/$]){re.escape(unit)}(?![\w/$])", text), (file, unit)


# Names of pages that the tool uses for something else: its tables, the first page of a folder, what a reader moves, and
# what a release of the tables changed.
COMMON = {"data", "index", "controls", "grid", "changes"}


def test_the_tool_names_no_page_of_this_book():
    contents = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    pages = {name.rpartition("/")[2] for name in re.findall(r"'(?:root|file)': '([^']+)'", str(contents))} - COMMON
    assert len(pages) > 20
    # The one object of a book has a part of that name, which says where the page is.
    part = re.compile(rf"pages(?:\.get\(|\[)\"({'|'.join(BOOK.pages)})\"")
    for file in files(TOOL, TEXT - {".po", ".toml", ".json"}):
        if file == TOOL / "book.py":
            continue
        text = part.sub("", file.read_text(encoding="utf-8"))
        said = re.findall(rf"[\"'/]({'|'.join(pages)})(?:\.html|\.md)?[\"'#]", text)
        assert said == [], file


def test_the_tool_says_neither_the_title_nor_the_package_of_this_book():
    own = re.compile("|".join(map(re.escape, (BOOK.title, BOOK.package, BOOK.distribution, BOOK.slug))), re.IGNORECASE)
    assert [file for file in files(TOOL) if own.search(file.read_text(encoding="utf-8"))] == []


def test_the_steps_that_see_a_page_stand_in_one_list():
    """No part of the site connects to these events by itself, or says its place by a number."""
    events = {"doctree-read", "html-page-context", "build-finished"}
    for file in files(TOOL / "site", {".py"}):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect":
                event = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
                assert file.name == "pages.py" or event not in events, (file.name, event)


def hints(call: ast.Call) -> Iterator[str]:
    """What in a call shows that it works on HTML or SVG as text: a tag in its pattern, or what it is given."""
    for node in (part for argument in call.args for part in ast.walk(argument)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.search(r"<[a-z/!\[(^]", re.sub(r"\(\?P?<[=!]?(\w+>)?", "", node.value)):
                yield node.value
        elif isinstance(node, ast.Attribute) and node.attr in {"html", "inner_html"}:
            yield node.attr
        elif isinstance(node, ast.Name) and node.id in {"html", "svg"}:
            yield node.id


def edits_of_markup(source: str) -> list[tuple[int, str]]:
    """Calls of a module that search or change HTML or SVG by a regular expression: the line and what shows it."""
    tree = ast.parse(source)
    patterns = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and "re.compile" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    used = [call for call in calls if isinstance(call.func.value, ast.Name) and call.func.value.id in {"re", *patterns}]
    return [(call.lineno, hint) for call in used for hint in hints(call)]


# The text of a script, which may hold the end of a script as a string.
NOT_MARKUP = {("single.py", "</(script)")}


@pytest.mark.parametrize(
    "file", [*files(TOOL / "site", {".py"}), *files(TOOL / "build", {".py"})], ids=lambda f: f.stem
)
def test_no_regular_expression_edits_html_or_svg(file):
    found = edits_of_markup(file.read_text(encoding="utf-8"))
    assert [(line, hint) for line, hint in found if (file.name, hint) not in NOT_MARKUP] == []


@pytest.mark.parametrize(
    "source",
    [
        "re.sub(r'<script.*?</script>', '', text)",
        "TAG = re.compile(r'<[^>]+>')",
        "N = re.compile('1')\nnode.inner_html = N.sub('2', node.inner_html)",
        "re.findall('(a)', svg)",
        "re.sub(r'(<a\\b[^>]*?href=\")', link, text)",
    ],
)
def test_a_regular_expression_on_html_would_be_found(source):
    assert edits_of_markup(source)
    assert not edits_of_markup(r"re.sub(r'(?P<sign>\$?)(?<=[a-z])', '', text)")
