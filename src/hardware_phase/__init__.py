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
    extensions=("hardware_phase.evidence.claims", "hardware_phase.evidence.report"),
    without_questions=("intro", "build-your-own", "sources-disagree", "energy-scale-long-game/everywhere-else"),
)
