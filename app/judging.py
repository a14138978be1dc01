"""Gatekeeper, Extraction and Validation as every command runs them: built here alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.judging import Judge
from agents.gatekeeper.logs import LogDetector
from agents.stage import Stage
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from app.knowledge import open_toolbox
from app.settings import Settings
from app.wiring import installed_version, page_reader
from bus.breaker import Breakers
from bus.retry import Retrier, RetrySettings
from inference.protocol import ModelClient
from inference.tools.toolbox import Toolbox
from pages.reader import PageReader
from schemas.handling import Calls
from store.ledger import PayOnce
from store.protocol import ObjectStore


@dataclass(frozen=True, slots=True)
class Means:
    """What agents judge by, opened once and shared by all of them."""

    settings: Settings
    client: ModelClient
    reader: PageReader
    toolbox: Toolbox
    ledger: PayOnce
    parts: PinnedParts


@asynccontextmanager
async def open_means(
    settings: Settings, objects: ObjectStore, client: ModelClient, parts: PinnedParts | None = None
) -> AsyncIterator[Means]:
    """Yield the means to judge, with ``client`` to be asked; closed on exit, but for the client."""
    async with (
        page_reader(settings) as reader,
        open_toolbox(settings, objects, installed_version()) as toolbox,
    ):
        yield Means(settings, client, reader, toolbox, PayOnce(), parts or PinnedParts())


def stage_of(name: str, settings: Settings, objects: ObjectStore, now: Callable[[], datetime]) -> Stage:
    """Return the stage of that name, working on ``objects``."""
    return Stage(name, objects, now, settings.commit or installed_version())


def judges(
    means: Means, objects: ObjectStore, now: Callable[[], datetime], *, fallback: bool = True
) -> tuple[Gatekeeper, ExtractionAgent, Validation]:
    """Return the three agents, working on ``objects``.

    Args:
        fallback: Whether the local model may read where a large one can't, if the settings let it.
    """
    settings, reader, ledger, parts = means.settings, means.reader, means.ledger, means.parts

    def stage(name: str) -> Stage:
        return stage_of(name, settings, objects, now)

    return (
        Gatekeeper(
            stage("gatekeeper"),
            reader,
            Judge(means.client, ledger, parts, LogDetector(reader)),
            max_depth=settings.max_nesting,
        ),
        ExtractionAgent(
            stage("extraction"),
            FieldReader(means.client, ledger, reader, fallback and settings.model_fallback),
            parts,
            means.toolbox,
        ),
        Validation(stage("validation"), Assembler(parts, means.toolbox)),
    )


def calls() -> Calls:
    """Return a retry owner for one message that is judged outside the worker loop."""
    return Retrier(RetrySettings(), Breakers())
