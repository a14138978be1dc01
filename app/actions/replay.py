"""What ``doctrail replay`` does: builds agents on a scratch layer over the store, and runs them again."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console

from app.answering import model_limits, variants_in
from app.judging import calls, judges, open_means
from app.settings import Settings
from app.wiring import Doctrail
from inference.connect import connect
from inference.protocol import LOCAL
from ops.identify import identify
from ops.replay.again import Agents, Replay, replay
from ops.replay.changes import Change, ChangeError
from ops.replay.sample import Sampled, draw, replay_sample
from schemas.handling import Handler
from store.protocol import ObjectStore


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to replay."""

    changes: tuple[Change, ...]
    stage: str | None


async def replay_one(doctrail: Doctrail, wanted: str, run: str | None, what: Wanted) -> Replay:
    """Return the replay of the document that ``wanted`` means.

    Raises:
        ChangeError: A change can't be made.
    """
    _require_askable(doctrail.settings, what.changes)
    found = await identify(doctrail.store, doctrail.catalog, wanted)
    async with replaying(doctrail) as agents:
        return await replay(
            doctrail.store,
            found.document_id,
            agents,
            calls,
            run_id=run or found.run_id,
            stage=what.stage,
            changes=what.changes,
        )


async def replay_many(
    doctrail: Doctrail, size: int, days: float, doc_type: str | None, what: Wanted
) -> Sampled:
    """Return what a sample of the documents of the last ``days`` shows.

    Raises:
        ChangeError: A change can't be made.
    """
    _require_askable(doctrail.settings, what.changes)
    now = doctrail.now()
    since = now - timedelta(days=days)
    rows = await draw(doctrail.catalog, size, since=since, until=now, doc_type=doc_type)
    console = Console(file=sys.stderr, highlight=False)
    with console.status("starting") as line:
        async with replaying(doctrail) as agents:

            async def once(document_id: str) -> Replay:
                return await replay(
                    doctrail.store, document_id, agents, calls, stage=what.stage, changes=what.changes
                )

            def progress(found: Sampled) -> None:
                line.update(f"{found.replayed + found.skipped} of {len(rows)} replayed")

            return await replay_sample(rows, once, progress)


def _require_askable(settings: Settings, changes: Sequence[Change]) -> None:
    """Make sure that somebody answers in the name of a model, before every document is refused for it."""
    for change in changes:
        if change.named_model is not None and settings.model_url == LOCAL:
            raise ChangeError(
                f"no model {change.named_model!r} can be asked: DOCTRAIL_MODEL_URL is {LOCAL}; give a "
                "variant's file, a type's folder or local:SHA, or set it to an endpoint"
            )


@asynccontextmanager
async def replaying(doctrail: Doctrail) -> AsyncIterator[Agents]:
    """Yield what builds the three agents on a given store; models and pages are opened once."""
    settings = doctrail.settings
    looked_in: list[ObjectStore] = [doctrail.store]

    async def load(digest: str) -> bytes:
        # A variant that a replay brings lies in its own layer alone.
        return await variants_in(looked_in[-1])(digest)

    client = connect(settings.model_url, load, model_limits(settings))

    def build(store: ObjectStore) -> Sequence[Handler]:
        looked_in[:] = [store]
        return judges(means, store, doctrail.now)

    try:
        async with open_means(settings, doctrail.store, client) as means:
            yield build
    finally:
        await client.close()
