"""Where the book's package comes from on a machine that lacks it: the site carries wheels of it."""

from __future__ import annotations

from importlib.metadata import version

from explorables.book import current

FOLDER = "lite/pypi"  # of the site, where `lite.py` puts the package's wheel
SETUP = """\
# Installs the book's package where it is missing.
import importlib.util
import sys

if importlib.util.find_spec("{name}") is None:
    if sys.platform == "emscripten":  # a browser, to which the site has brought the files
        %pip install -q {distribution}
    else:
        %pip install --quiet {packages}"""


def addresses(site: str) -> str:
    """Addresses of the wheels on the site, with spaces between them; they are made of the same files as its pages."""
    wheels = [
        f"{name.replace('-', '_')}-{version(name)}-py3-none-any.whl" for name in ("explorables", current().distribution)
    ]
    return " ".join(f"{site.rstrip('/')}/{FOLDER}/{wheel}" for wheel in wheels)


def install_cell(site: str) -> str:
    """Code of a notebook's cell that installs the book's package from the site where it is missing."""
    return SETUP.format(name=current().package, distribution=current().distribution, packages=addresses(site))
