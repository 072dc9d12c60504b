"""OpenRouter's rankings: which makers' models its users send their tokens to."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from explorables.refresh import Upstream, json_records

ADDRESS = "https://openrouter.ai/api/v1/datasets/rankings-daily?start_date={0}-01-01&end_date={0}-12-31"
FIRST = 2025  # year from which on it publishes them, at most a year at a time
OTHER = "other"  # all models below the fifty that are most used on a day
CHINESE = {
    "01-ai",
    "alibaba",
    "baai",
    "baidu",
    "bytedance",
    "bytedance-seed",
    "deepseek",
    "inclusionai",
    "kwaipilot",
    "meituan",
    "minimax",
    "moonshotai",
    "opengvlab",
    "qwen",
    "stepfun",
    "stepfun-ai",
    "tencent",
    "thudm",
    "xiaomi",
    "z-ai",
    "zhipu",
}
AMERICAN = {
    "allenai",
    "amazon",
    "anthropic",
    "arcee-ai",
    "google",
    "ibm-granite",
    "inception",
    "liquid",
    "meta-llama",
    "microsoft",
    "nousresearch",
    "nvidia",
    "openai",
    "perplexity",
    "prime-intellect",
    "x-ai",
}


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Shares of Chinese and American makers in all tokens (%), a row a whole month: low without what is below the first fifty."""
    day = pd.to_datetime(table["date"])
    maker = table["model_permaslug"].str.split("/").str[0]
    tokens = pd.to_numeric(table["total_tokens"])
    month = day.dt.strftime("%Y-%m")
    whole = day.groupby(month).nunique() == day.groupby(month).first().dt.days_in_month
    every = tokens.groupby(month).sum()
    rest = tokens[maker == OTHER].groupby(month).sum().reindex(every.index, fill_value=0)
    found = []
    for metric, makers in (("chinese_model_token_share", CHINESE), ("us_model_token_share", AMERICAN)):
        theirs = tokens[maker.isin(makers)].groupby(month).sum().reindex(every.index, fill_value=0)
        found.append(
            pd.DataFrame(
                {
                    "country_or_region": "OpenRouter users",
                    "metric": metric,
                    "value": 100 * theirs / (every - rest),
                    "value_low": 100 * theirs / every,
                    "unit": "percent of OpenRouter tokens",
                    "period": every.index,
                    "kind": "derived",
                    "evidence": "derived",
                    "note": "of the fifty models that are most used on a day; low: of all tokens; each maker counts tokens its own way",
                }
            )[whole]
        )
    return pd.concat(found, ignore_index=True)


UPSTREAM = (
    Upstream(
        name="openrouter-shares",
        table="adoption",
        title="OpenRouter, daily rankings (Data API)",
        licence="CC BY 4.0",
        addresses=tuple(ADDRESS.format(year) for year in range(FIRST, datetime.now(UTC).year + 1)),
        source="openrouter_2026_rankings",
        entry={
            "author": "OpenRouter",
            "title": "Rankings",
            "publisher": "OpenRouter",
            "url": "https://openrouter.ai/rankings",
        },
        columns=("date", "model_permaslug", "total_tokens"),
        key=("country_or_region", "metric", "unit", "period"),
        values={"value": ".1f", "value_low": ".1f"},
        rows=shares,
        read=json_records("data"),
        key_from="OPENROUTER_API_KEY",
    ),
)
