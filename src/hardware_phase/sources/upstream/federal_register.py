"""The Federal Register: rules of the bureau that controls exports. What a rule means is for a person to enter."""

from __future__ import annotations

import pandas as pd

from explorables.refresh import Upstream, json_records

ADDRESS = (
    "https://www.federalregister.gov/api/v1/documents.json?per_page=1000&order=newest"
    "&conditions[agencies][]=industry-and-security-bureau&conditions[type][]=RULE"
    "&conditions[publication_date][gte]=2022-08-01"
    "&fields[]=document_number&fields[]=title&fields[]=publication_date&fields[]=citation&fields[]=html_url"
)
TOPICS = "advanced computing|semiconductor|entity list|integrated circuit|supercomputer|artificial intelligence"


def rules(table: pd.DataFrame) -> pd.DataFrame:
    """Final rules on chips, computing and the Entity List, a row a document."""
    rows = table[table["title"].str.contains(TOPICS, case=False)]
    return pd.DataFrame(
        {
            "date": rows["publication_date"],
            "event": rows["title"],
            "note": rows["citation"].fillna(rows["document_number"]) + ", " + rows["html_url"],
        }
    )


UPSTREAM = (
    Upstream(
        name="federal-register",
        table="policy_events",
        title="Federal Register, rules of the Bureau of Industry and Security",
        licence="public domain",
        addresses=(ADDRESS,),
        source="federalregister_2026_documents",
        columns=("document_number", "title", "publication_date", "citation", "html_url"),
        key=("date", "event"),
        values={"note": ""},
        rows=rules,
        read=json_records("results"),
        offers=True,
    ),
)
