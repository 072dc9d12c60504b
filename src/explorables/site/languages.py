"""The site in several languages beside each other: English at its address, each other one in a folder of its own.

A page leads to the same page in the other languages where both stand. One language alone has no such links, so none is dead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from babel import Locale as Region

from explorables.site import lang_attributes, links, security
from explorables.site.addresses import MISSING
from explorables.site.html_pages import Page, Site, fragment
from explorables.site.render import render

SWITCH = "the same page in other languages"  # where a template has room for the links
ALTERNATES = "addresses of this page by language"  # likewise


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


def switch(page: Page, where: Path, language: str, others: list[str], base: str) -> None:
    """Give a page links to itself in other languages.

    Parameters
    ----------
    page : Page
    where : pathlib.Path
        Where it is in the site of its language.
    language, others : str, list of str
        Its language, and those that have the page too.
    base : str
        Address of the English site.
    """
    missing = where.name == f"{MISSING}.html"  # which is shown at any depth

    def address(other: str) -> str:
        if missing:
            return urlsplit(base).path + folder(other) + where.as_posix()
        return Path(os.path.relpath(folder(other) / where, (folder(language) / where).parent)).as_posix()

    links = [{"href": address(other), "tag": tag(other), "name": name(other)} for other in others]
    tags = {tag(one): one for one in sorted({language, *others})} | (
        {"x-default": "en"} if "en" in (language, *others) else {}
    )
    alternates = {found: urljoin(base, folder(one) + where.as_posix()) for found, one in tags.items()}
    for mark, html in (
        (SWITCH, render("language_links.html", links=links)),
        (ALTERNATES, "" if missing else render("language_alternates.html", alternates=alternates)),
    ):
        place = page.comment(mark)
        if place is not None:
            for node in fragment(html):
                place.insert_before(node)
            place.decompose()


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
    pages: list[Page] = []
    for language, site in sites.items():
        # Files are shared with the site that they come from; only its pages become others.
        shutil.copytree(
            site,
            target / folder(language),
            copy_function=os.link,
            dirs_exist_ok=True,
            ignore=lambda _, names: headers & set(names),
        )
        for page in Site(site).pages:
            where = page.file.relative_to(site)
            others = [other for other in sites if other != language and (sites[other] / where).is_file()]
            switch(page, where, language, others, base)
            lang_attributes.mark(page, tag(language))
            page.file = target / folder(language) / where
            page.file.unlink()
            page.write()
            pages.append(page)
    hashes = {found for page in pages for found in security.inline_hashes(page)}
    for file, text in security.header_files(target, sorted(hashes)).items():
        (target / file).write_text(text, encoding="utf-8")
    return links.broken(Site(target, urlsplit(base).path or "/", pages))
