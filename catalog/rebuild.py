"""Rebuilding the catalog from the store alone: the bus is transport and forgets, the objects do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, delete, func, select

from catalog.database import Batch, Catalog, refresh
from catalog.facts import Fact, decision_fact
from catalog.reading import batch_of
from catalog.tables import documents, facts, submissions
from schemas.decided import Decision
from schemas.errors import PermanentError
from schemas.records import DeadLettered, ReviewDecided
from schemas.versions import decode
from store import keys
from store.erasures import ERASED
from store.parsing import parse
from store.protocol import ObjectStore, ref_of
from store.stages import Outcome
from store.submissions import Submission

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        facts: Read from the store.
        documents: Documents they are about.
        removed: Facts and submissions that the store knows nothing of.
        problems: Objects that can't be read, one sentence each; what the catalog knew of their documents
            was left as it was.
    """

    facts: int
    documents: int
    removed: int
    problems: tuple[str, ...] = ()


class _Letter(BaseModel):
    """What the catalog needs of a dead letter object; the rest is the bus's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str
    error_class: str
    reason: str
    topic: str
    agent: str
    attempts: int
    at: AwareDatetime
    document_id: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Start:
    generation: int
    last_position: int


async def rebuild(
    catalog: Catalog, store: ObjectStore, *, progress: Callable[[int], None] | None = None
) -> Rebuilt:
    """Make the catalog say what the store says, while the projector may go on.

    Rows are written over one batch at a time; what the store does not know is removed at the end,
    unless it came in meanwhile. Another rebuild beside this one takes nothing from it.

    Args:
        catalog: What to rebuild.
        store: Where the objects lie.
        progress: Called with the number of facts read so far.
    """
    start = await catalog.change("rebuild", _start)
    problems: dict[str, str] = {}
    read = 0
    async for batch in _batches(store, start.generation, problems):
        await catalog.keep(batch)
        read += len(batch.facts)
        if progress is not None:
            progress(read)
    removed = await catalog.change("rebuild", lambda connection: _sweep(connection, start, problems))
    number = await catalog.read(select(func.count().label("number")).select_from(documents))
    return Rebuilt(read, int(number[0]["number"]), removed, tuple(problems.values()))


async def _batches(store: ObjectStore, generation: int, problems: dict[str, str]) -> AsyncIterator[Batch]:
    found: list[Fact] = []
    named: dict[str, Submission] = {}
    async for key in _sources(store):
        try:
            batches = await _of_object(store, key)
        except PermanentError as error:
            problems[key] = str(error)
            continue
        for batch in batches:
            found += batch.facts
            named |= {one.submission_id: one for one in batch.submissions}
        if len(found) >= _AT_ONCE:
            yield Batch(found, list(named.values()), generation)
            found, named = [], {}
    yield Batch(found, list(named.values()), generation)


async def _sources(store: ObjectStore) -> AsyncIterator[str]:
    """Yield the key of every object that a message was made of, or that was made of one."""
    async for document_id in store.folders("documents"):
        for folder in ("outcomes", "reviews"):
            async for key in store.list(f"{keys.document(document_id)}/{folder}"):
                yield key
    async for key in store.list("dead_letters"):
        if not key.endswith(".redriven.json"):
            yield key


async def _of_object(store: ObjectStore, key: str) -> list[Batch]:
    # Empty where it went away since it was listed: parsing then says which object it was.
    data = await store.fetch(key) or b""
    top, _, folder = (*key.split("/"), "")[:3]
    if top == "dead_letters":
        letter = parse(data, _Letter, key)
        return [] if letter.reason == ERASED else [Batch([_dead_letter(key, letter, data)])]
    if folder == "reviews":
        return [Batch([_decision(key, data)])]
    messages = parse(data, Outcome, key).messages
    return [await batch_of(store, decode(m.topic, m.body.encode())) for m in messages]


def _decision(key: str, data: bytes) -> Fact:
    decision = parse(data, Decision, key)
    message = ReviewDecided(
        decision_id=decision.decision_id,
        review_id=decision.review_id,
        run_id=decision.run_id,
        kind=decision.kind,
        decision=ref_of(key, data),
    )
    return decision_fact(decision.document_id, message, decision.decided_at)


def _dead_letter(key: str, letter: _Letter, data: bytes) -> Fact:
    ref = ref_of(key, data)
    return Fact(
        fact_id=key,
        topic=DeadLettered.event,
        document_id=letter.document_id or letter.event_id,
        at=letter.at,
        source=f"doctrail/{letter.agent}",
        run_id=letter.run_id,
        reason=letter.reason,
        agent=letter.agent,
        error_class=letter.error_class,
        attempts=letter.attempts,
        origin_id=letter.event_id,
        origin_topic=letter.topic,
        object_uri=ref.uri,
        object_sha256=ref.sha256,
        object_size=ref.size,
    )


def _start(connection: Connection) -> _Start:
    newest = connection.execute(select(func.max(facts.c.generation), func.max(facts.c.position))).one()
    return _Start(generation=(newest[0] or 0) + 1, last_position=newest[1] or 0)


def _sweep(connection: Connection, start: _Start, unread: Collection[str]) -> int:
    strange = (
        (facts.c.generation < start.generation)
        & (facts.c.position <= start.last_position)
        & facts.c.document_id.not_in({key.split("/")[1] for key in unread})
        # Of a dead letter that can't be read, nobody knows whose it is.
        & facts.c.fact_id.not_in(unread)
    )
    touched = set(connection.execute(select(facts.c.document_id).where(strange).distinct()).scalars())
    removed = connection.execute(delete(facts).where(strange)).rowcount
    known = select(facts.c.submission_id).where(facts.c.submission_id.is_not(None))
    unknown = submissions.c.submission_id.not_in(known)
    touched |= set(connection.execute(select(submissions.c.document_id).where(unknown)).scalars())
    removed += connection.execute(delete(submissions).where(unknown)).rowcount
    orphans = documents.c.document_id.not_in(select(facts.c.document_id))
    touched |= set(connection.execute(select(documents.c.document_id).where(orphans)).scalars())
    refresh(connection, touched)
    return removed
