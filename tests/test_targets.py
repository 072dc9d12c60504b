"""What `make` does can be done without it, with one definition for both, wherever the checkout lies."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import venv
from itertools import groupby
from pathlib import Path

import pytest
from checkout import ROOT
from conftest import longest_first

from explorables.build import check, environment
from explorables.build.targets import TARGETS
from explorables.cli import main, parse

# What sets up and starts a target has no packages: the one in .venv is not there yet, and up to 3.12 cannot start where a
# checkout's own path has letters that the locale lacks.
OUTSIDE = Path(sys.executable).resolve()


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_a_subcommand_and_the_makefile_runs_the_same(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert f"make {name}" in capsys.readouterr().out
    rule = re.search(
        rf"^{name}: python .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rule and rule[1].split("targets.py ")[1].split()[0] == name and rule[1].count("\n") == 1


def test_tests_run_file_by_file_and_the_longest_begin(request):
    """Of the files of this run: one that needs the site, then those that do not, then the others."""
    files = [path for path, _ in groupby(request.session.items, key=lambda item: item.path)]
    assert len(files) == len(set(files))
    assert files == [
        path for path, _ in groupby(longest_first(request.session.items[::-1]), key=lambda item: item.path)
    ]
    needs = {item.path for item in request.session.items if "site" in item.fixturenames}
    assert [path in needs for path in files[1:]] == sorted(path in needs for path in files[1:])
    assert "--no-loadscope-reorder" in TARGETS["test"].arguments and "--no-loadscope-reorder" in check.PARTS["tests"]


def test_outside_a_book_a_target_says_where_to_run_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["book"]) == 2
    assert "_config.yml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["--only", "pages"], ["-k", "grid", "tests/test_grid.py"], ["tests/test_grid.py"], []]
)
def test_options_after_a_target_go_to_what_it_runs(more):
    assert parse(["test", *more]).more == more


def test_a_part_of_the_check_runs_alone(capfd):
    assert check.main(["--only", "pages"]) == 0
    said = capfd.readouterr().out
    assert "pages: well" in said and "style" not in said


SOME = """
import subprocess
import pytest

@pytest.fixture
def graded(jail):
    pass

def test_through_a_fixture(graded):
    raise AssertionError("ran")

def test_hidden():
    subprocess.run(["bwrap", "--version"])

def test_quick():
    subprocess.run(["true"])
"""


def test_what_starts_a_jail_is_left_out_of_the_check_by_its_fixtures_and_fails_where_it_hides(tmp_path):
    (tmp_path / "test_some.py").write_text(SOME, encoding="utf-8")
    command = [
        sys.executable,
        *["-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rA", "-m"],
        check.PARTS["tests"][-1],
    ]
    here = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "src")])
    done = subprocess.run(
        [*command, tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": here},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed, 1 deselected" in done.stdout, done.stdout + done.stderr
    assert "this starts {'bwrap'}: let the test ask for the fixture 'jail'" in done.stdout


def test_a_second_run_waits_in_a_folder_with_spaces_and_other_letters_in_a_plain_locale(tmp_path: Path):
    folder = tmp_path / "zwei Wörter 书"
    folder.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(Path(environment.__file__).parent)!r})\n"
        "import time, environment\n"
        "with environment.alone('setup'):\n    print('in', flush=True); time.sleep(1); print('out', flush=True)\n"
    )
    with (folder / "said").open("w", encoding="utf-8") as said:
        runs = [
            subprocess.Popen([OUTSIDE, "-c", code], cwd=folder, stdout=said, env=os.environ | {"LC_ALL": "C"})
            for _ in range(2)
        ]
        assert [run.wait(30) for run in runs] == [0, 0]
    steps = re.findall(r"^(?:in|out)$", (folder / "said").read_text(encoding="utf-8"), re.MULTILINE)
    assert steps == ["in", "out", "in", "out"]


@pytest.mark.parametrize("by", ["make", "python"])
def test_a_checkout_in_a_folder_with_other_letters_is_found_in_a_plain_locale(tmp_path, by):
    root = tmp_path / "zwei Wörter 书"
    (root / "src").mkdir(parents=True)
    (root / "src/of_the_book.py").touch()
    venv.create(root / ".venv", with_pip=False)
    (packages,) = root.glob(".venv/lib/*/site-packages")
    (packages / "book.pth").write_text(str(root / "src"), encoding="utf-8")  # as an editable installation has it
    if by == "make":
        command = [
            "make",
            "--no-print-directory",
            "-f",
            ROOT / "Makefile",
            "--eval",
            "it: ; @$(RUN) -c 'import of_the_book; print(1)'",
            "it",
        ]
    else:
        start = "env = targets.surroundings(targets.TARGETS['book'], targets.Path.cwd()); "
        code = "targets.subprocess.run(['.venv/bin/python', '-c', 'import of_the_book; print(1)'], env=env)"
        build = f"import sys; sys.path.insert(0, {str(Path(environment.__file__).parent)!r}); import targets; "
        command = [OUTSIDE, "-c", f"{build}{start}{code}"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUTF8"}
    done = subprocess.run(command, cwd=root, env=env | {"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr


POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
UNIX = {"chown", "fork", "getegid", "geteuid", "getgid", "getuid", "killpg", "mkfifo", "setsid", "spawnl", "spawnv"}
# Students' work is graded in a jail of Linux; environment.py asks for the system before it takes what is its own.
GRADING = ROOT / "src/explorables/classroom/grading"


def guarded(tree: ast.Module) -> set[int]:
    """Lines that run only where something about the system was asked."""
    asked = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If | ast.BoolOp) and re.search(r"sys\.platform|os\.name|hasattr\(os", ast.unparse(node))
    ]
    return {line for node in asked for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def only_on_unix(file: Path) -> list[str]:
    """What in a module Windows does not have."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    free, found = guarded(tree), []
    for node in ast.walk(tree):
        names = set()
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names} & POSIX
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or ""} & POSIX
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            names = {node.attr} & UNIX
        found += [f"{file.name}, line {node.lineno}: {name}" for name in names if node.lineno not in free]
    return found


def test_whatever_is_not_grading_has_nothing_that_windows_lacks(tmp_path):
    files = [file for file in (ROOT / "src").rglob("*.py") if not {"node_modules", "__pycache__"} & set(file.parts)]
    assert [said for file in files if not file.is_relative_to(GRADING) for said in only_on_unix(file)] == []
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import os, fcntl\nos.spawnl(1)\nif hasattr(os, 'geteuid') and os.geteuid():\n    pass\n")
    assert len(only_on_unix(wrong)) == 2


@pytest.mark.parametrize("start", [["src/explorables/build/targets.py"], ["-m", "explorables.cli"]])
def test_a_message_reaches_a_pipe_with_an_alphabet_that_lacks_its_signs(tmp_path, start):
    folder = tmp_path / "书 Bücher"
    folder.mkdir()
    first = str(ROOT / start[0]) if start[0].endswith(".py") else start[0]
    env = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, first, *start[1:], "book"], cwd=folder, env=env, capture_output=True, check=False
    )
    said = done.stderr.decode("cp1252")
    assert done.returncode == 2 and "_config.yml" in said and "Traceback" not in said
    assert "Bücher" in said and "\\u4e66" in said
