"""A page runs what it was built with and nothing else, whatever stands in its address; and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import yaml
from notebooks import BOOK
from test_access import NOTEBOOK

from explorables.site import links, security
from explorables.site.html_pages import EMBED, Page, Site, files
from explorables.site.lite import FOLDER as LITE

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"')
ROOT = urlsplit(yaml.safe_load((BOOK.parent / "_config.yml").read_text())["html"]["baseurl"]).path
WATCH = """addEventListener('securitypolicyviolation', event =>
  (window.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""
HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "javascript:window.hacked=1",
    "\"'><svg onload=window.hacked=1>",
    "__proto__",
    "constructor",
    "${window.hacked=1}",
    "a" * 5000,
    "%00%ff",
    "\u2028\u202e",
]


def directives(policy: str) -> dict[str, list[str]]:
    """A policy's directives with their sources."""
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def test_every_page_has_a_policy_that_runs_no_text_as_code(site):
    for page in files(site):
        found = directives(POLICY.search(page.read_text(encoding="utf-8"))[1])
        assert found["default-src"] == ["'self'"]
        for source in found["script-src"]:
            assert source == "'self'" or source.startswith("'sha256-"), (page, source)


@pytest.mark.parametrize(
    "code",
    [
        "document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }))",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 1\">')",
        "document.head.append(Object.assign(document.createElement('script'), { src: 'data:,window.hacked=1' }))",
        "setTimeout('window.hacked = 1')",
    ],
    ids=["script", "handler", "data address", "text as code"],
)
def test_the_policy_stops_what_was_not_built_in(open_page, code):
    reader = open_page("about.html")
    # Code of the page itself is under the policy, and what a test evaluates is not; so the test has the page run it.
    reader.page.evaluate(f"document.addEventListener('click', () => {{ {code} }})")
    reader.page.locator("article h1").click()
    reader.page.wait_for_timeout(300)
    assert reader.page.evaluate("window.hacked") is None
    reader.page.goto("about:blank")  # all that the page had to say is here
    assert any("Content Security Policy" in line for line in reader.errors)
    reader.errors.clear()


def test_the_header_files_name_every_page_and_spare_the_application(site):
    written = security.header_files(site, ["sha256-x"])
    netlify = (site / "_headers").read_text(encoding="utf-8")
    rules = re.findall(r"^(/\S*)\n  Content-Security-Policy: (.*)$", netlify, re.MULTILINE)
    for page in files(site):
        path = f"/{page.relative_to(site)}"
        matching = [
            policy for rule, policy in rules if rule == path or (rule.endswith("*") and path.startswith(rule[:-1]))
        ]
        assert len(matching) == 1, path
        found = directives(matching[0])
        assert found["frame-ancestors"] == ["'self'"]
        wanted = directives(POLICY.search(page.read_text(encoding="utf-8"))[1])["script-src"]
        assert set(wanted) <= set(found["script-src"]), path
    assert not any(rule.startswith(f"/{LITE}") for rule, _ in rules)
    framed = [rule for rule, found in rules if directives(found)["frame-ancestors"] == ["*"]]
    assert framed == [f"/{EMBED}/*"] and list((site / EMBED).rglob("*.html"))
    assert set(written) == {"_headers", ".htaccess", "headers.nginx.conf"}
    assert all("'sha256-x'" in text and "unsafe-eval" not in text for text in written.values())


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ('<p onclick="go()">x</p>', "onclick"),
        ("<img class='a' alt=b onerror=go() src=c>", "onerror"),
        ("<img/onerror=x>", "onerror"),
        ("<svg/onload=x>", "onload"),
        ('<a href="x"onclick="y()">x</a>', "onclick"),
        ("<p ONCLICK=go()>x</p>", "onclick"),
        ("<noscript><img src=x onerror=go()></noscript>", "onerror"),
        ("<template><b><img src=x onerror=go()></b></template>", "onerror"),
        ('<iframe srcdoc="&lt;img src=x onerror=go()&gt;"></iframe>', "onerror"),
        ('<a href=" java\nscript:go()">x</a>', "javascript:"),
        ('<button formaction="JavaScript:go()">x</button>', "javascript:"),
        ('<a href="javascript:go()">x</a>', "javascript:"),
        ('<p title="one onclick=two">on it = so</p><script>x = "<p onclick=y>"</script>', None),
        ('<a href="intro.html" data-on="x">online = yes</a>', None),
    ],
)
def test_a_handler_in_a_page_is_found_and_text_about_one_is_not(page, problem):
    found = security.refused(Page(Path("page.html"), page))
    assert found is None if problem is None else problem in found


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_in_an_address_becomes_code_or_markup(open_page, value):
    reader = open_page("about.html")
    page = reader.page
    base = page.url.removesuffix("about.html")
    page.add_init_script(WATCH)
    text = quote(value)
    for address in (
        f"claims.html?section={text}&verdict={text}&q={text}&{text}={text}",
        f"search.html?q={text}",
        f"data.html?q={text}#{text}",
        f"{NOTEBOOK}?training.tokens={text}&training.{text}={text}&{text}.tokens=1#{text}",
    ):
        page.goto(base + address)
        page.wait_for_timeout(150)
        assert page.evaluate("window.hacked") is None, address
        assert page.evaluate("window.violations ?? []") == [], address


def test_a_hostile_filter_leaves_the_ledger_whole(open_page):
    page = open_page(f"claims.html?section={quote(HOSTILE[0])}&verdict=__proto__").page
    claims = page.locator(".xp-claim")
    assert claims.count() == page.locator(".xp-claim:visible").count() > 10
    assert page.locator(".xp-ledger-filters img").count() == 0


def test_links_that_lead_nowhere_are_found_with_page_and_line(tmp_path):
    folder = tmp_path / "chapter"
    folder.mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1>\n<a href="chapter/page.html#here">ok</a> <a href="#top">ok</a> <a href="https://example.org/">ok</a>\n'
        '<a href="chapter/gone.html">no</a>\n<a href="chapter/page.html#gone">no</a> <a href="lite/index.html">ok</a>\n'
        '<script src="gone.js"></script>\n<script>\n"<a href=\\"never.html\\">"</script>\n<img class="a" src="gone.png">'
    )
    (folder / "page.html").write_text('<p id="here"><a href="../index.html?x=1#top">ok</a></p>')
    assert links.broken(Site(tmp_path)) == [
        "index.html, line 3: chapter/gone.html leads nowhere",
        "index.html, line 4: chapter/page.html#gone leads nowhere",
        "index.html, line 5: gone.js leads nowhere",
        "index.html, line 8: gone.png leads nowhere",
    ]
