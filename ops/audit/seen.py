"""What the audit sees of a period: every fact counted, and a sample of documents read in full."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from sys import intern
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from catalog.database import Catalog
from catalog.history import FactRow, history
from schemas.canonical import digest
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.errors import DigestMismatchError, MissingObjectError
from schemas.objects import ObjectRef
from schemas.results import Record
from schemas.reviewed import ReviewedRecord
from store import keys
from store.outages import Outage, outages
from store.parsing import DamagedObjectError
from store.protocol import ObjectStore
from store.reviewed import reviewed_in
from store.trail import AttemptRecord

M = TypeVar("M", bound=BaseModel)

PER_DAY = 60
"""Documents of a day that are read in full; all of them are counted."""
AT_ONCE = 16
"""Documents read at the same time."""
SUBMITTED, CLASSIFIED, COMPLETED = "documents.submitted", "documents.classified", "records.completed"
REQUESTED, DECIDED, DEAD = "reviews.requested", "reviews.decided", "dead_letters"


@dataclass(slots=True)
class Way:
    """The facts of one document's newest run, as the catalog has them.

    Attributes:
        submitted_at: When it came in first.
        record: The first record or draft of its newest run.
        accepted: The record that was accepted without a person, where there was one.
        done_at: When it was first done, or with a person, whatever its runs; None where it never was.
        drawn: Whether it is read in full; of any other, what would be read is not kept: there may be a
            hundred thousand of them.
    """

    document_id: str
    submitted_at: datetime
    run_id: str | None = None
    at: dict[str, datetime] = field(default_factory=dict)
    doc_type: str | None = None
    classification: ObjectRef | None = None
    record: ObjectRef | None = None
    accepted: ObjectRef | None = None
    ending: str | None = None
    decisions: tuple[ObjectRef, ...] = ()
    part: bool = False
    done_at: datetime | None = None
    drawn: bool = False


@dataclass(slots=True)
class Seen:
    """One document, read in full as far as it came."""

    way: Way
    classification: Classification | None = None
    record: Record | None = None
    attempts: Sequence[AttemptRecord] = ()
    decisions: Sequence[Decision] = ()
    reviewed: Sequence[ReviewedRecord] = ()

    @property
    def day(self) -> date:
        """The day it came in, UTC."""
        return self.way.submitted_at.date()

    @property
    def escaped(self) -> bool:
        """Whether its record went out without a person."""
        return self.way.ending in ("accepted", "partial")


@dataclass(slots=True)
class Period:
    """A stretch of time.

    Attributes:
        arrived: Documents by day and hour of submission.
        documents: The sample, in order of submission.
        share: By day, which part of its documents was read.
        deaths: Dead letters by day, agent, class and reason.
        outages: When outside parts did not answer.
        unreadable: Objects that were missing or damaged.
    """

    since: datetime
    until: datetime
    arrived: Counter[tuple[date, int]] = field(default_factory=Counter)
    ways: dict[str, Way] = field(default_factory=dict)
    documents: list[Seen] = field(default_factory=list)
    share: dict[date, float] = field(default_factory=dict)
    deaths: Counter[tuple[date, str, str, str]] = field(default_factory=Counter)
    outages: list[Outage] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def volume(self, day: date) -> int:
        """Return how many documents came in on a day."""
        return sum(self.arrived[(day, hour)] for hour in range(24))


async def look(
    store: ObjectStore, catalog: Catalog, *, since: datetime, until: datetime, per_day: int = PER_DAY
) -> Period:
    """Return what is to be seen of a period.

    Args:
        store: Where records and trails lie.
        catalog: Which documents there are.
        since: From when on.
        until: Until when, usually now.
        per_day: Documents read a day, drawn by a digest of their ids.

    Raises:
        TransientError: Store or catalog does not answer.
    """
    period, draw = Period(since, until), _Draw(per_day)
    async for fact in history(catalog, since, until):
        _count(period, fact, draw)
    period.outages = await outages(store, since=since, until=until)
    for way in period.ways.values():
        period.arrived[(way.submitted_at.date(), way.submitted_at.hour)] += 1
    drawn: list[Way] = []
    for day, some in draw.days.items():
        period.share[day] = len(some) / period.volume(day)
        drawn += (way for _, way in some)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(way: Way) -> Seen:
        async with gate:
            return await read(store, way, period.unreadable)

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(one(w)) for w in sorted(drawn, key=lambda w: (w.submitted_at, w.document_id))
        ]
    period.documents = [task.result() for task in tasks]
    return period


async def read(store: ObjectStore, way: Way, unreadable: list[str]) -> Seen:
    """Return one document, read in full; what can't be read is named in ``unreadable``."""
    attempts: list[AttemptRecord | None] = []
    if way.run_id is not None:
        folder = f"{keys.document(way.document_id)}/trail/{way.run_id}"
        attempts = [await _parsed(store, key, AttemptRecord, unreadable) async for key in store.list(folder)]
    decisions = [await _parsed(store, ref, Decision, unreadable) for ref in way.decisions]
    decided = [one for one in decisions if one is not None]
    reviewed = [await _reviewed(store, one, unreadable) for one in decided]
    return Seen(
        way=way,
        classification=await _parsed(store, way.classification, Classification, unreadable),
        record=await _parsed(store, way.accepted or way.record, Record, unreadable),
        attempts=[one for one in attempts if one is not None],
        decisions=decided,
        reviewed=[one for one in reviewed if one is not None],
    )


class _Draw:
    """The documents of each day that are read in full: those of the smallest digests.

    Attributes:
        days: By day, those of the smallest digests so far, in order.
    """

    def __init__(self, per_day: int) -> None:
        self.days: dict[date, list[tuple[str, Way]]] = defaultdict(list)
        self._per_day = per_day

    def offer(self, way: Way) -> None:
        """Draw a document if it is one of them; one that no longer is lets go of what it would be read by."""
        day = self.days[way.submitted_at.date()]
        way.drawn = True
        insort(day, (digest(["audit", way.document_id]), way), key=lambda one: one[0])
        if len(day) > self._per_day:
            _, lost = day.pop()
            lost.drawn = False
            lost.classification = lost.record = lost.accepted = None
            lost.decisions = ()


def _count(period: Period, fact: FactRow, draw: _Draw) -> None:
    if fact.topic == DEAD:
        if fact.agent != "catalog":
            why = (fact.agent or "", fact.error_class or "", fact.reason or "")
            period.deaths[(fact.at.date(), *why)] += 1
        return
    way = period.ways.get(fact.document_id)
    if way is None:
        if fact.topic != SUBMITTED:
            return
        way = period.ways[fact.document_id] = Way(fact.document_id, fact.at, part=fact.parent_id is not None)
        draw.offer(way)
    if fact.topic == SUBMITTED and fact.run_id != way.run_id:
        _new_run(way, fact)
    if fact.topic in (REQUESTED, COMPLETED):
        way.done_at = min(way.done_at or fact.at, fact.at)
    if fact.topic == DECIDED:
        if way.drawn and fact.object is not None:
            way.decisions += (fact.object,)
    elif fact.run_id == way.run_id:
        _follow(way, fact)


def _follow(way: Way, fact: FactRow) -> None:
    """Note where the newest run came to; its first end is what the machine said by itself."""
    # Every row brings its own copy of the few words there are.
    way.at.setdefault(intern(fact.topic), fact.at)
    named = fact.object if way.drawn else None
    if fact.topic == CLASSIFIED:
        way.doc_type = intern(fact.doc_type) if fact.doc_type else way.doc_type
        way.classification = named
    elif fact.topic in (REQUESTED, COMPLETED) and way.ending is None:
        way.record = named
        way.ending = "review" if fact.topic == REQUESTED else fact.status and intern(fact.status)
        way.accepted = named if way.ending == "accepted" else None


def _new_run(way: Way, fact: FactRow) -> None:
    """Follow the newest run; what the one before found stands for itself."""
    way.run_id, way.at, way.classification, way.record = fact.run_id, {}, None, None
    way.accepted, way.ending = None, None


async def _reviewed(store: ObjectStore, decision: Decision, unreadable: list[str]) -> ReviewedRecord | None:
    try:
        return await reviewed_in(store, decision.document_id, decision.decision_id)
    except DamagedObjectError:
        unreadable.append(keys.reviewed(decision.document_id, decision.decision_id))
        return None


async def _parsed(
    store: ObjectStore, where: ObjectRef | str | None, kind: type[M], unreadable: list[str]
) -> M | None:
    if where is None:
        return None
    key = where if isinstance(where, str) else where.uri
    try:
        data = await (store.fetch(where) if isinstance(where, str) else store.read(where))
        return None if data is None else kind.model_validate_json(data)
    except (MissingObjectError, DigestMismatchError, ValidationError):
        unreadable.append(key)
        return None
