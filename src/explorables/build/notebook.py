"""Write a new page with an explorer that builds and meets the rules: ``python -m explorables.build.notebook chapter/name``."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from string import Template

from explorables.book import current

TEMPLATES = Path(__file__).with_name("new")


def write(page: str, root: Path, package: Path) -> list[Path]:
    """Write a page, its exhibit and the exhibit's table, and list the page at the end of its chapter; the new files.

    Raises
    ------
    ValueError
        If the name or the chapter will not do, or a file is there already.
    """
    chapter, _, name = page.partition("/")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"{page!r} is no name: write chapter/name in small letters, digits and hyphens")
    contents = root / "book/_toc.yml"
    text = contents.read_text(encoding="utf-8")
    listed = list(re.finditer(rf"^( *- file: ){re.escape(chapter)}/(?!index$).+\n", text, re.MULTILINE))
    if not listed:
        chapters = sorted(set(re.findall(r"file: (.+)/", text)))
        raise ValueError(f"no chapter {chapter!r} in book/_toc.yml; there are {', '.join(chapters)}")
    module = name.replace("-", "_")
    targets = {
        root / f"book/{page}.md": "page.md",
        package / f"exhibits/{module}.py": "exhibit.py.txt",
        package / f"exhibits/{module}.toml": "exhibit.toml",
    }
    if there := [path for path in targets if path.exists()]:
        raise ValueError(
            f"nothing was written: {', '.join(path.relative_to(root).as_posix() for path in there)} is there"
        )
    words = {"page": page, "name": name, "module": module, "package": package.name}
    for path, template in targets.items():
        written = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(words)
        path.write_text(written, encoding="utf-8")
    last = listed[-1]
    contents.write_text(f"{text[: last.end()]}{last[1]}{page}\n{text[last.end() :]}", encoding="utf-8")
    return list(targets)


def main() -> int:
    """Write the page that the command line names, and say what to fill in."""
    parser = argparse.ArgumentParser(prog="explorables notebook", description=__doc__)
    parser.add_argument("page", metavar="CHAPTER/NAME")
    book = current()
    try:
        made = write(parser.parse_args().page, book.root, book.folder)
    except ValueError as problem:
        print(f"[explorables] {problem}", file=sys.stderr)
        return 2
    for path in made:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "Fill in: " in line:
                print(f"{path.relative_to(book.root).as_posix()}:{number}: {line.strip()}")
    print("Then run `make answers` for the exercise with an answer, and `make check`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
