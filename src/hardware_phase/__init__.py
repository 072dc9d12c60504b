"""The Hardware Phase: models, data and explorers of an interactive book on China's AI hardware push."""

from pathlib import Path

from explorables.book import Book
from explorables.tables import DataPackage

data = DataPackage.of(__file__)

BOOK = Book(
    title="The Hardware Phase",
    package="hardware_phase",
    distribution="hardware-phase",
    tables=data,
    answers=Path(__file__).with_name("answers.json"),
    rules="hardware_phase.evidence.rules",
    upstream="hardware_phase.sources.upstream",
    standing="hardware_phase.evidence.standing",
    without_questions=("intro", "build-your-own", "sources-disagree", "energy-scale-long-game/everywhere-else"),
    colours={
        "china": ("#b3261e", "#ff8a80"),
        "us": ("#1d5fa8", "#7ab8ff"),
        "rest": ("#5f6b77", "#a9b4c0"),
        "supported": ("#0a7f5a", "#7ae7cc"),
        "contested": ("#845e00", "#f8b72e"),
        "outdated": ("#45307a", "#c8a8ee"),
        "unsupported": ("#9b1530", "#ff6b74"),
        "untestable": ("#5a646e", "#8793a0"),
    },
    units={
        "FLOP": "power",
        **dict.fromkeys(["FLOP/s", "FLOP/J", "FLOP/s/W", "OP/s", "J/FLOP", "FLOP/$", "FLOP/s/$"], "si"),
        "TOPS": "plain",
    },
    plain={
        "claims": "hardware_phase.evidence.verdicts:plain",
        "finding": "hardware_phase.evidence.verdicts:finding",
        "squares": "hardware_phase.evidence.verdicts:squares",
        "verdict": "hardware_phase.evidence.verdicts:verdict",
    },
    pages={"bibliography": "bibliography", "glossary": "glossary", "changes": "changes"},
    weights={".xp-claims li": 3.0, ".xp-claim > p > strong": 3.0, "#what-the-evidence-says": 2.0},
    synonyms=(
        ("us", "usa", "america", "american", "united states"),
        ("china", "chinese", "prc"),
        ("ipo", "listing", "stock", "shares"),
        ("subsidy", "fund", "funding", "incentive"),
        ("government", "state"),
        ("datacenter", "data centre"),
        ("power", "electricity", "energy"),
        ("tariff", "price"),
        ("ban", "banned", "forbidden", "barred", "denied"),
        ("gpu", "chip", "card", "accelerator"),
        ("photonic", "optical"),
        ("prediction", "forecast"),
        ("teacher", "instructor", "teach", "lesson"),
        ("hyperscaler", "American companies"),
        ("country", "economy", "region"),
    ),
    extensions=(
        "hardware_phase.evidence.claims",
        "hardware_phase.evidence.claim_pages",
        "hardware_phase.evidence.verdict_role",
        "hardware_phase.evidence.report",
    ),
)
