"""Publishers' tables that this book's tables follow: one short module a publisher, read by ``explorables refresh``."""

from hardware_phase.sources.upstream import (
    eia,
    ember,
    epoch,
    federal_register,
    hugging_face,
    openrouter,
    owid,
    world_bank,
)

UPSTREAM = (
    *owid.UPSTREAM,
    *ember.UPSTREAM,
    *eia.UPSTREAM,
    *epoch.UPSTREAM,
    *world_bank.UPSTREAM,
    *federal_register.UPSTREAM,
    *hugging_face.UPSTREAM,
    *openrouter.UPSTREAM,
)
