"""The claims that a page tests and the words for their verdicts, for the site and for notebooks that run without it."""

from __future__ import annotations

import pandas as pd

from explorables.book import current


def _(text: str) -> str:
    """Mark a text for the catalogue of messages; the site says it in the language of the build."""
    return text


VERDICTS = {
    "supported": _("Supported"),
    "partly": _("Partly supported"),
    "contested": _("Contested"),
    "outdated": _("Outdated"),
    "unsupported": _("Not supported"),
    "not testable": _("Not testable"),
}
KINDS = {
    "figure": _("figure"),
    "trend": _("trend"),
    "cause": _("cause"),
    "forecast": _("forecast"),
    "opinion": _("opinion"),
}
MEANINGS = {
    "supported": _("The evidence we found agrees with it."),
    "partly": _("One half holds, or it holds in one place and not in another."),
    "contested": _(
        "There is evidence of weight on both sides, or the answer depends on a choice that the claim does not state."
    ),
    "outdated": _("It held once and no longer does."),
    "unsupported": _("Nothing that was found carries it, or it rests on a mistake."),
    "not testable": _("No observation that anybody could make decides it, or only time will."),
}


def notebooks(claim: pd.Series) -> list[str]:
    """Notebooks that test a claim, as paths in the book without suffix, the one that decides first."""
    return [] if pd.isna(claim["notebook"]) else claim["notebook"].split(";")


def tested_by(notebook: str) -> pd.DataFrame:
    """Claims that a notebook tests.

    Parameters
    ----------
    notebook : str
        Path of the notebook in the book, without suffix.

    Raises
    ------
    KeyError
        If the table has no claim for this notebook.
    """
    claims = current().data.load("claims")
    found = claims[[notebook in notebooks(claim) for _number, claim in claims.iterrows()]]
    if found.empty:
        raise KeyError(f"no claim in claims.csv names the notebook {notebook!r}")
    return found


def counts() -> pd.Series:
    """How many claims have each verdict, in the order of the verdicts."""
    return current().data.load("claims")["verdict"].value_counts()[list(VERDICTS)]


def named_counts() -> dict[str, str]:
    """The counts by the names that the text of a page has for them."""
    found = {verdict.replace("not testable", "untestable"): str(count) for verdict, count in counts().items()}
    return {"total": str(counts().sum()), **found}


def finding(page: str, argument: str, site: str) -> str:
    """A paragraph with counts of verdicts in it, for a notebook; the arguments are those of `plain`."""
    return " ".join(argument.split()).format(**named_counts())


def squares(page: str, argument: str, site: str) -> str:
    """Where the picture of all claims is."""
    return f"The [ledger]({site}claims.html) has them all, with the evidence."


def verdict(page: str, argument: str, site: str) -> str:
    """The verdict on a claim as a link to it.

    Raises
    ------
    ValueError
        If there is no such claim.
    """
    claims = current().data.load("claims").set_index("id")
    if argument not in claims.index:
        raise ValueError(f"claims.csv has no claim {argument!r}")
    return f"[{VERDICTS[claims.loc[argument, 'verdict']]}]({site}claims.html#{argument.lower()})"


def plain(page: str, argument: str, site: str) -> str:
    """The claims that a page tests as a Markdown table, with verdicts and links to the ledger.

    Parameters
    ----------
    page : str
        Path of the page in the book, without suffix.
    argument : str
        Another page whose claims are meant, or nothing.
    site : str
        Where the book is published, with a slash at its end.

    Raises
    ------
    KeyError
        If the table has no claim for the page.
    """
    rows = [
        f"| [{claim['id']}]({site}claims.html#{claim['id'].lower()}) | {claim['claim']} | {VERDICTS[claim['verdict']]} |"
        for _number, claim in tested_by(argument or page).iterrows()
    ]
    return "\n".join(["| | Claim tested here | Verdict on the evidence |", "| --- | --- | --- |", *rows])
