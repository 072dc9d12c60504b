"""The site in several languages beside each other: English at its address, each other one in a folder of its own.

A page leads to the same page in the other languages where both stand. One language alone has no such links, so none is dead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from babel import Locale as Region

from explorables.site import lang_attributes, links, security
from explorables.site.addresses import MISSING

SWITCH = "<!-- the same page in other languages -->"  # where a template has room for the links
ALTERNATES = "<!-- addresses of this page by language -->"


def folder(language: str) -> str:
    """Where a language's site stands below the English one."""
    return "" if language == "en" else f"{tag(language).lower()}/"


def tag(language: str) -> str:
    """A language as HTML names it: ``zh-CN``."""
    return language.replace("_", "-")


def name(language: str) -> str:
    """A language's name in itself, with its script where it has several: 简体中文."""
    region = Region.parse(language)
    return region.languages.get(f"{region.language}_{region.script}") or region.languages[region.language]


def switched(text: str, page: Path, language: str, others: list[str], base: str) -> str:
    """A page with links to itself in other languages.

    Parameters
    ----------
    text : str
        The page.
    page : pathlib.Path
        Where it is in the site of its language.
    language, others : str, list of str
        Its language, and those that have the page too.
    base : str
        Address of the English site.
    """

    def address(other: str) -> str:
        if page.name == f"{MISSING}.html":  # which is shown at any depth
            return urlsplit(base).path + folder(other) + page.as_posix()
        return Path(os.path.relpath(folder(other) / page, (folder(language) / page).parent)).as_posix()

    switch = "".join(
        f'<a class="btn btn-sm xp-language" rel="alternate" href="{escape(address(other))}" hreflang="{tag(other)}" lang="{tag(other)}">{name(other)}</a>'
        for other in others
    )
    tags = {tag(one): one for one in sorted({language, *others})} | (
        {"x-default": "en"} if "en" in (language, *others) else {}
    )
    alternates = "\n".join(
        f'<link rel="alternate" hreflang="{found}" href="{escape(urljoin(base, folder(one) + page.as_posix()))}" />'
        for found, one in tags.items()
    )
    return text.replace(SWITCH, switch).replace(ALTERNATES, "" if page.name == f"{MISSING}.html" else alternates)


def together(sites: Mapping[str, Path], target: Path, base: str) -> list[str]:
    """Put sites into one folder, to be published as it is.

    Parameters
    ----------
    sites : dict
        Language to the folder of its site; English is one of them.
    target : pathlib.Path
        The folder, on the same disk; what was there goes.
    base : str
        Address of the English site.

    Returns
    -------
    list of str
        Links that lead nowhere; there should be none.
    """
    shutil.rmtree(target, ignore_errors=True)
    headers = set(security.header_files(sites["en"], []))
    for language, site in sites.items():
        # Files are shared with the site that they come from; only its pages become others.
        shutil.copytree(
            site,
            target / folder(language),
            copy_function=os.link,
            dirs_exist_ok=True,
            ignore=lambda _, names: headers & set(names),
        )
        for page in security.pages(site):
            where = page.relative_to(site)
            others = [other for other in sites if other != language and (sites[other] / where).is_file()]
            copy = target / folder(language) / where
            copy.unlink()
            text = switched(page.read_text(encoding="utf-8"), where, language, others, base)
            copy.write_text(lang_attributes.marked(text, tag(language)), encoding="utf-8")
    pages = security.pages(target)
    hashes = {found for page in pages for found in security.inline_hashes(page.read_text(encoding="utf-8"))}
    for file, text in security.header_files(target, sorted(hashes)).items():
        (target / file).write_text(text, encoding="utf-8")
    return links.broken(target, urlsplit(base).path or "/")
