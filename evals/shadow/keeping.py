"""What ran in the shadow of what, kept: how it began, which documents it read otherwise, how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from evals.errors import EvalError, RefusedPromotionError
from evals.variants import Variant
from schemas.layout import Frozen, Unit
from store import eval_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal
from store.submissions import note_link

ALIKE, OTHERWISE = "alike", "otherwise"
TOLD = timedelta(hours=36)
"""How long a rollback that nobody typed is alerted."""
_AT_ONCE = 32


class ShadowError(EvalError):
    """A shadow can't be begun or ended like this; the sentence says why."""


class Role(StrEnum):
    """Why a variant runs beside the live one."""

    CHALLENGER = "challenger"
    GUARD = "guard"


class Verdict(StrEnum):
    """How a shadow ended: said of the variant in the shadow."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    STOPPED = "stopped"


class Shadow(Sealed):
    """A variant beside the live one.

    Attributes:
        number: Of the type's shadows, from 1.
        variant: Digest of the bundle in the shadow.
        against: Digest of the live bundle that it is held against.
        share: Of live documents, by a digest of their id.
        budget: Documents a day that people are asked about.
        days: After which it ends undecided.
    """

    doc_type: str
    number: int
    variant: str
    against: str
    role: Role
    share: Unit
    budget: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)]
    by: str
    since: AwareDatetime

    @property
    def name(self) -> str:
        """How it is shown."""
        return f"{self.doc_type}@{self.variant[:8]}"


class Tally(Frozen):
    """Pairs that people settled.

    Attributes:
        fixes: Documents that only the shadow has right.
        breaks: Documents that only the live variant has right.
        ties: Both wrong, or both right in the end.
        better: The most that the bet on the shadow was ever worth.
        worse: Likewise of the bet against it.
    """

    fixes: int = 0
    breaks: int = 0
    ties: int = 0
    better: float = 1.0
    worse: float = 1.0


class Ended(Sealed):
    """How a shadow ended."""

    at: AwareDatetime
    by: str
    verdict: Verdict
    why: str
    tally: Tally


class Note(Sealed):
    """A document that the shadow read too.

    Attributes:
        fields: Names of those that it reads otherwise; no value is in it.
        asked: Whether people were asked about them.
        answer: Where what the shadow read is kept.
    """

    document_id: str
    run_id: str
    fields: tuple[str, ...] = ()
    asked: bool = False
    answer: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A shadow with its end, where it came to one."""

    shadow: Shadow
    ended: Ended | None


async def shadows_of(store: ObjectStore, doc_type: str) -> list[Standing]:
    """Return every shadow of a type, oldest first."""
    found: list[Standing] = []
    while True:
        number = len(found) + 1
        begun, over = (eval_keys.shadow(doc_type, number, name) for name in ("begun", "ended"))
        data = await store.fetch(begun)
        if data is None:
            return found
        end = await store.fetch(over)
        found.append(Standing(parse(data, Shadow, begun), None if end is None else parse(end, Ended, over)))


async def all_shadows(store: ObjectStore) -> list[Standing]:
    """Return every shadow of every type, by type, oldest first."""
    types = sorted([name async for name in store.folders(eval_keys.SHADOWS)])
    return [one for name in types for one in await shadows_of(store, name)]


async def running(store: ObjectStore, doc_type: str) -> Shadow | None:
    """Return the shadow of a type that has not ended."""
    found = await shadows_of(store, doc_type)
    return found[-1].shadow if found and found[-1].ended is None else None


async def begin(store: ObjectStore, wanted: Shadow) -> Shadow:
    """Begin a shadow; its number is the next one of its type.

    Raises:
        ShadowError: Another one runs, or was begun at the same moment.
    """
    if wanted.variant == wanted.against:
        raise ShadowError(f"{wanted.name} is live itself; a shadow runs beside what is live")
    before = await shadows_of(store, wanted.doc_type)
    if before and before[-1].ended is None:
        raise _taken(before[-1].shadow)
    begun = wanted.model_copy(update={"number": len(before) + 1})
    key = eval_keys.shadow(begun.doc_type, begun.number, "begun")
    written = await store.create(key, seal(begun))
    standing = parse(written.data, Shadow, key)
    if standing.model_copy(update={"whole": None}) != begun:
        raise _taken(standing)
    return begun


def _taken(other: Shadow) -> ShadowError:
    return ShadowError(
        f"{other.name} runs beside what is live of {other.doc_type!r} since {other.since:%Y-%m-%d}; "
        f"doctrail shadow stop {other.doc_type} ends that"
    )


async def end(store: ObjectStore, shadow: Shadow, ended: Ended) -> Ended:
    """End a shadow, create-once; returns what stands."""
    key = eval_keys.shadow(shadow.doc_type, shadow.number, "ended")
    return parse((await store.create(key, seal(ended))).data, Ended, key)


async def keep_note(store: ObjectStore, shadow: Shadow, note: Note) -> None:
    """Note that a document was read in the shadow, create-once; it goes when the document is erased."""
    kind = OTHERWISE if note.fields else ALIKE
    key = eval_keys.shadow_note(shadow.doc_type, shadow.number, kind, note.document_id)
    await note_link(store, note.document_id, key)
    await store.create(key, seal(note))


async def read_so_far(store: ObjectStore, shadow: Shadow, kind: str) -> list[str]:
    """Return the documents that were read alike, or otherwise."""
    folder = eval_keys.shadow_notes(shadow.doc_type, shadow.number, kind)
    return [key.rpartition("/")[2].removesuffix(".json") async for key in store.list(folder)]


async def disputed(store: ObjectStore, shadow: Shadow) -> list[Note]:
    """Return the documents that were read otherwise, by id."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(document_id: str) -> Note | None:
        key = eval_keys.shadow_note(shadow.doc_type, shadow.number, OTHERWISE, document_id)
        async with turns:
            data = await store.fetch(key)
        return None if data is None else parse(data, Note, key)

    listed: Sequence[str] = await read_so_far(store, shadow, OTHERWISE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(document_id)) for document_id in sorted(listed)]
    return [note for task in tasks if (note := task.result()) is not None]


async def require_not_worse(store: ObjectStore, live: Variant, challenger: Variant) -> None:
    """Let a challenger pass that was not shown to be worse than what is live, on live documents.

    Raises:
        RefusedPromotionError: It was.
    """
    for one in await shadows_of(store, challenger.bundle.doc_type):
        pair = (one.shadow.variant, one.shadow.against)
        if pair == (challenger.digest, live.digest) and one.ended and one.ended.verdict is Verdict.WORSE:
            raise RefusedPromotionError(
                f"{challenger.name} is worse than {live.name} on live documents: {one.ended.why} "
                f"(doctrail shadow status {one.shadow.doc_type})",
                code=4,
            )


async def taken_over(store: ObjectStore, now: datetime) -> list[str]:
    """Return the types of which a guard took over lately, because what was promoted proved worse."""
    return [
        one.shadow.doc_type
        for one in await all_shadows(store)
        if one.ended is not None
        and (one.shadow.role, one.ended.verdict) == (Role.GUARD, Verdict.BETTER)
        and now - one.ended.at < TOLD
    ]
