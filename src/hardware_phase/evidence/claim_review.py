"""The verdicts as schema.org's ClaimReview, which search engines read: https://schema.org/ClaimReview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

BEST = 5
# A claim that nobody can test has a name for its verdict and no number.
RATINGS = {"supported": 5, "partly": 4, "contested": 3, "outdated": 2, "unsupported": 1}


def reviews(
    claims: pd.DataFrame,
    names: Mapping[str, str],
    essay: Mapping[str, str],
    book: str,
    site: str,
    address: Callable[[str], str],
) -> dict[str, Any]:
    """Every claim with its verdict as JSON-LD.

    Parameters
    ----------
    claims : pandas.DataFrame
        The table ``claims``.
    names : mapping
        Verdict to its name.
    essay : mapping
        What the bibliography has of the essay: ``author``, ``date`` and ``url``.
    book : str
        The book's title.
    site : str
        Address of the book.
    address : callable
        Address of a claim, from its name.
    """
    author = {"@type": "Organization", "name": book, "url": site}
    appearance = {"@type": "CreativeWork", "url": essay["url"], "datePublished": essay["date"]}
    claimed_by = {"@type": "Organization", "name": essay["author"]}
    return {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "ClaimReview",
                "url": address(claim["id"]),
                "claimReviewed": claim["claim"],
                "author": author,
                "reviewRating": _rating(claim["verdict"], names[claim["verdict"]]),
                "itemReviewed": {
                    "@type": "Claim",
                    "author": claimed_by,
                    "datePublished": essay["date"],
                    "appearance": appearance,
                },
            }
            for _, claim in claims.iterrows()
        ],
    }


def _rating(verdict: str, name: str) -> dict[str, Any]:
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": name}
    if verdict in RATINGS:
        rating |= {"ratingValue": RATINGS[verdict], "bestRating": BEST, "worstRating": min(RATINGS.values())}
    return rating
