"""Hugging Face: downloads of all models of an organisation since they were published."""

from __future__ import annotations

import pandas as pd

from explorables.refresh import Upstream, UpstreamError, json_records

ADDRESS = "https://huggingface.co/api/models?author={}&limit={}&expand[]=author&expand[]=downloadsAllTime"
MOST = 1000  # models that one answer holds
ORGANISATIONS = {
    "Qwen": ("Qwen (Alibaba)", "China"),
    "deepseek-ai": ("DeepSeek", "China"),
    "meta-llama": ("Llama (Meta)", "US"),
}


def downloads(table: pd.DataFrame) -> pd.DataFrame:
    """Downloads (million) of an organisation's models up to the day of the answer.

    Raises
    ------
    UpstreamError
        If an organisation has more models than an answer holds.
    """
    counted = table["author"].value_counts()
    if len(full := counted[counted >= MOST]):
        raise UpstreamError(f"{full.index[0]} has more than {MOST} models, which one answer does not hold")
    total = pd.to_numeric(table["downloadsAllTime"]).groupby(table["author"]).sum() / 1e6
    total = total[[name for name in ORGANISATIONS if name in total]]
    return pd.DataFrame(
        {
            "date": str(table.attrs["as_of"])[:7],
            "entity": [ORGANISATIONS[name][0] for name in total.index],
            "group": [ORGANISATIONS[name][1] for name in total.index],
            "metric": "cumulative_downloads",
            "value": total.to_numpy(),
            "unit": "million",
            "platform": "Hugging Face",
            "kind": "reported",
            "evidence": "derived",
            "note": [
                f"sum over the models of the organisation {name}; other counts take other models"
                for name in total.index
            ],
        }
    )


UPSTREAM = (
    Upstream(
        name="huggingface-downloads",
        table="model_downloads",
        title="Hugging Face, models of an organisation",
        licence="figures of a public interface",
        addresses=tuple(ADDRESS.format(name, MOST) for name in ORGANISATIONS),
        source="huggingface_2026_api",
        entry={
            "author": "Hugging Face",
            "title": "Downloads of the models of an organisation",
            "publisher": "Hugging Face",
            "url": "https://huggingface.co/docs/hub/api",
        },
        columns=("author", "downloadsAllTime"),
        key=("date", "entity", "metric"),
        values={"value": ".1f"},
        rows=downloads,
        read=json_records(),
    ),
)
