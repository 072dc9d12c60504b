"""Build the site with Jupyter Book, or show it on this machine and rebuild it as its sources change."""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from explorables.book import current
from explorables.build.environment import ROOT, alone, page_script, say

BUILD = ROOT / "_build"
SITE = BUILD / "html"
BUILDING = BUILD / "building"
STATE = BUILD / "state.json"
TOOL = Path(__file__).resolve().parents[1]
TOGETHER = BUILD / "site"  # with the other languages beside English
LANGUAGES = [name for name in os.environ.get("BOOK_LANGUAGE", "").split() if name != "en"]
ARGUMENTS = ["-W", "-n", "--keep-going"]
# Sphinx keeps nearly all that it makes until it ends; looking for garbage as often as usual costs a fifth of the time.
JUPYTER_BOOK = "import gc, jupyter_book.cli.main as book; gc.set_threshold(100_000, 50, 1000); book.main()"
OWN = {
    Path(".buildinfo"),
    Path("lite/built.txt"),
}  # notes of a build for the next one, which depend on what is on this machine


def digest(files: Iterable[Path]) -> str:
    """Hash of the files' names and contents."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"\0{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return total.hexdigest()


def state() -> dict[str, str]:
    """What notebooks' results (`code`) and finished pages (`pages`) depend on besides their own text."""
    site = {
        path
        for folder in ("site", "notebooks")
        for path in (TOOL / folder).rglob("*")
        if path.is_file() and "js" not in path.parts and "__pycache__" not in path.parts
    }
    assets = {path for path in (ROOT / "book/assets").rglob("*") if path.is_file()}
    kept = {path for path in (ROOT / "releases").rglob("*") if path.is_file()}
    without = {TOOL / folder for folder in ("site", "notebooks", "classroom/grading", "build", "refresh")}
    code = {
        path
        for folder in (TOOL, current().folder)
        for path in (*folder.rglob("*.py"), *folder.rglob("*.toml"))
        if not without & {*path.parents} or path.name == "execution.py"
    }
    tables = [path for path in (ROOT / "data").iterdir() if path.is_file()]
    sources = "\n".join(sorted(str(path) for path in (ROOT / "book").rglob("*.md")))
    return {
        "code": digest([*code, *tables, ROOT / "requirements-book.txt"]),
        "pages": digest([*site, *assets, *kept, ROOT / "_config.yml", ROOT / "book/_toc.yml"])
        + hashlib.sha256(sources.encode()).hexdigest(),
    }


def forget_stale() -> dict[str, str]:
    """Remove what an earlier build left that this one could not trust; return the present state.

    Sphinx compares dates of pages with dates of their sources. It sees neither that a model behind a notebook
    has changed, nor that an earlier build stopped half-way or ended with warnings.
    """
    now = state()
    before = json.loads(STATE.read_text(encoding="utf-8")) if STATE.is_file() else {}
    if BUILDING.exists() or now != before:
        shutil.rmtree(workshop("en"), ignore_errors=True)
    if now != before:
        shutil.rmtree(BUILD / "serve", ignore_errors=True)
        shutil.rmtree(BUILD / "pdf", ignore_errors=True)  # a printed book of an earlier state is not offered
    if now["code"] != before.get("code"):
        shutil.rmtree(BUILD / ".jupyter_cache", ignore_errors=True)
        shutil.rmtree(BUILD / ".drawings", ignore_errors=True)
    return now


def remember(now: dict[str, str]) -> None:
    """Record, in one move, the state that the results in `_build` belong to."""
    fresh = STATE.with_suffix(".new")
    fresh.write_text(json.dumps(now), encoding="utf-8")
    fresh.replace(STATE)


def reproducible() -> dict[str, str]:
    """Settings that take chance out of a build: the commit's date for today's, one time zone, one order of sets."""
    log = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    date = os.environ.get("SOURCE_DATE_EPOCH") or log.stdout.strip()
    return {"PYTHONHASHSEED": "0", "TZ": "UTC"} | ({"SOURCE_DATE_EPOCH": date} if date else {})


def workshop(language: str) -> Path:
    """Where the site in a language is made, with what its next build can go on from."""
    return BUILD / language


def jupyter_book(folder: Path, language: str, *options: str) -> int:
    """Run Jupyter Book in a folder, from the results of the notebooks that all builds share; its exit code."""
    import yaml

    from explorables.site.languages import folder as folder_of

    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["sphinx"]["config"]["language"] = language
    config["execute"]["cache"] = str(BUILD / ".jupyter_cache")
    config["html"]["baseurl"] += folder_of(language)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    env = os.environ | reproducible() | ({} if sys.stdout.isatty() else {"NO_COLOR": "1"})
    command: list[str | Path] = ["build", "book", "--config", folder / "_config.yml", "--path-output", folder, *options]
    return subprocess.run([sys.executable, "-c", JUPYTER_BOOK, *command], cwd=ROOT, env=env, check=False).returncode


def made(language: str) -> Path:
    """Make the site in a language, treating every warning as an error; its folder."""
    if code := jupyter_book(workshop(language), language, *ARGUMENTS):
        say("the build stopped: see the warnings and errors above; each is to be mended")
        sys.exit(code)
    return workshop(language) / "_build/html"


def publish(new: Path, site: Path) -> int:
    """Bring a site to the state of a new one while people read it: each file that differs is replaced in one move.

    Parameters
    ----------
    new, site : pathlib.Path
        Folder of the new site, which stays, and of the one that is read.

    Returns
    -------
    int
        How many files were written or removed.
    """
    files = {path.relative_to(new) for path in new.rglob("*") if path.is_file()} - OWN
    changed = 0
    for name in sorted(files, key=lambda name: (name.suffix == ".html", name)):  # pages after what they load
        if (site / name).is_file() and filecmp.cmp(new / name, site / name, shallow=False):
            continue
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        fresh = site / name.with_name(f"{name.name}.new")
        shutil.copyfile(new / name, fresh)
        fresh.replace(site / name)
        changed += 1
    for path in sorted(site.rglob("*"), reverse=True):  # what a folder holds before the folder
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(site) not in files:
            path.unlink()
            changed += 1
    return changed


def build() -> None:
    """Build `_build/html`, treating every warning as an error."""
    start = time.monotonic()
    BUILD.mkdir(exist_ok=True)
    page_script()  # pages and script know each other's markup
    now = forget_stale()
    first = not workshop("en").exists()
    say("Building the site" + (" from the start: some minutes, since every notebook runs" if first else ""))
    BUILDING.touch()
    # Notebooks that have run stay in the cache even if this build stops, and they belong to the present code.
    remember(now)
    changed = publish(made("en"), SITE)
    BUILDING.unlink()
    say(
        f"The site is at {SITE / 'index.html'} ({changed or 'no'} files changed, built in {time.monotonic() - start:.0f} s)"
    )


def translations() -> None:
    """Build the other languages that were asked for, and put all of them beside English."""
    import yaml

    from explorables.site.languages import together

    if not LANGUAGES:
        return
    sites = {"en": SITE}
    for language in LANGUAGES:
        say(f"Building the site in {language}")
        shutil.rmtree(workshop(language), ignore_errors=True)
        sites[language] = made(language)
    base = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
    if broken := together(sites, TOGETHER, base):
        say("links that lead nowhere\n" + "\n".join(broken))
        sys.exit(1)
    say(f"The site with {', '.join(LANGUAGES)} beside English is at {TOGETHER / 'index.html'}")


def links() -> None:
    """Ask every address outside the book whether it is still there; needs a network and some minutes."""
    folder = BUILD / "links"
    code = jupyter_book(folder, "en", "--builder", "linkcheck", "--keep-going")
    say(f"What was found is in {folder / '_build/html/output.txt'}")
    sys.exit(code)


def write_conf() -> Path:
    """Write the Sphinx configuration that Jupyter Book makes of `_config.yml`, for Sphinx's own tools."""
    from jupyter_book.config import get_final_config

    config, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", sourcedir=ROOT / "book", cli_config={"latex_individualpages": False}
    )
    config["external_toc_path"] = str(ROOT / "book/_toc.yml")
    config["nb_execution_cache_path"] = str(BUILD / ".jupyter_cache")
    for paths in ("html_static_path", "html_extra_path", "templates_path", "bibtex_bibfiles"):
        config[paths] = [str((ROOT / "book" / path).resolve()) for path in config.get(paths, [])]
    config["xp_policy"] = False  # the script that reloads a page is put in on the way to the browser
    config["html_favicon"] = str(ROOT / "book" / config["html_favicon"])
    conf = BUILD / "serve/conf.py"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_text("".join(f"{name} = {value!r}\n" for name, value in config.items()), encoding="utf-8")
    return conf


def serve() -> None:
    """Show the site at 127.0.0.1 and rebuild it when a page, a model, a table or a script changes."""
    BUILD.mkdir(exist_ok=True)
    remember(forget_stale())
    conf = write_conf()
    port = os.environ.get("PORT", "8000")
    say(f"Building the site, then showing it at http://127.0.0.1:{port} until you press Ctrl+C")
    watched = [word for path in ("src", "data", "_config.yml") for word in ("--watch", str(ROOT / path))]
    ignored = [word for path in ("node_modules", "__pycache__", "_build") for word in ("--re-ignore", f"/{path}/")]
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-m",
            "sphinx_autobuild",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            *watched,
            *ignored,
            "--pre-build",
            f"{sys.executable} -m explorables.build.book refresh",
            "-c",
            str(conf.parent),
            "-n",
            "-d",
            str(BUILD / "serve/doctrees"),
            str(ROOT / "book"),
            str(BUILD / "serve/html"),
        ],
    )


def refresh() -> None:
    """Before a rebuild of `serve`: bring the page script and the caches up to date."""
    subprocess.run([sys.executable, str(ROOT / "src/explorables/build/environment.py"), "book"], check=False)
    remember(forget_stale())
    write_conf()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["build", "translate", "serve", "refresh", "links"])
    action = parser.parse_args().action
    if action in ("build", "translate"):
        with alone("build"):
            if action == "build":
                build()
            translations()
    else:
        {"serve": serve, "refresh": refresh, "links": links}[action]()
