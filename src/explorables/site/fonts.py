"""Letters for whatever is drawn when a book is built: from pinned packages, and so the same on every machine.

A setting of fontconfig names a folder of these files and no other. vl-convert, which draws the charts, and Chromium,
which prints the book, both follow it once `use` has been called. Pillow is given a file.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(sys.prefix) / "fonts"
# Where a letter is missing from one family, the next is asked, in this order.
FAMILIES = {
    "Arimo": ("fontpkg_arimo", "files/Arimo[wght].ttf", "files/Arimo-Italic[wght].ttf"),
    "Noto Sans SC": ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    "Roboto Mono": ("fontpkg_roboto_mono", "files/RobotoMono[wght].ttf", "files/RobotoMono-Italic[wght].ttf"),
}
GENERIC = {"sans-serif": "Arimo", "system-ui": "Arimo", "serif": "Arimo", "monospace": "Roboto Mono"}
OTHER = "Arimo"  # for every name that is not here, as "Segoe UI", or "sans", which Chromium takes for system-ui


def files() -> dict[str, list[Path]]:
    """The files of each family, as their packages have them."""
    found = {}
    for family, (package, *names) in FAMILIES.items():
        spec = find_spec(package)
        if spec is None or not spec.origin:
            raise ModuleNotFoundError(f"the package {package} with the font {family} is missing: run `make book`")
        found[family] = [Path(spec.origin).parent / name for name in names]
    return found


def face() -> Path:
    """One file that has the letters of every language that the interface speaks."""
    return files()["Noto Sans SC"][0]


def settings(folder: Path = FOLDER) -> Path:
    """Write what fontconfig is to know, with a folder for each family; the file."""
    places = {}
    for family, paths in files().items():
        places[family] = folder / family.replace(" ", "-").lower()
        places[family].mkdir(parents=True, exist_ok=True)
        for path in paths:
            if not (places[family] / path.name).is_file():
                replace(places[family] / path.name, path.read_bytes())
    lines = [f"  <dir>{escape(str(place))}</dir>" for place in places.values()]
    lines += [f"  <cachedir>{escape(str(folder / 'cache'))}</cachedir>"]
    for generic, family in GENERIC.items():
        preferred = "".join(f"<family>{name}</family>" for name in dict.fromkeys([family, *FAMILIES]))
        lines.append(f'  <alias binding="same"><family>{generic}</family><prefer>{preferred}</prefer></alias>')
    lines.append(
        f'  <match><edit name="family" mode="append_last" binding="strong"><string>{OTHER}</string></edit></match>'
    )
    head = '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
    text = "\n".join([*lines, "</fontconfig>\n"])
    file = folder / "fonts.conf"
    if not file.is_file() or file.read_text(encoding="utf-8") != head + text:
        replace(file, (head + text).encode())
    return file


def replace(file: Path, content: bytes) -> None:
    """Write a file in one move, since several builds may do so at once."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_bytes(content)
    shutil.move(fresh, file)


def use() -> None:
    """Let this process, and those that it starts, draw with these fonts. Call it before anything is drawn."""
    os.environ["FONTCONFIG_FILE"] = str(settings())
