"""Walking records back: from a value to its place on the page, to the bytes, to the submission."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from ops.audit.seen import Period, Seen
from schemas.canonical import digest, sha256_hex
from schemas.errors import DigestMismatchError, MissingObjectError
from schemas.layout import Frozen, Layout
from schemas.results import ArtifactKind, RecordField
from store import keys, ops_keys
from store.artifacts import ContractError, CorruptArtifactError, get_artifact
from store.children import load_origin
from store.protocol import ObjectStore
from store.sealed import Sealed, seal
from store.submissions import links

RECORDS = 3
Answer = Literal["right", "wrong", "not sure"]


class Walk(Frozen):
    """One value, walked back.

    Attributes:
        steps: Each step that holds, in words, from the value outwards.
        broken: The step that does not hold, where one does not.
    """

    document_id: str
    doc_type: str
    field: str
    value: str
    steps: tuple[str, ...]
    broken: str | None = None


class Confirmed(Sealed):
    """What a person said about walked records; no value of any document.

    Attributes:
        answers: By document and field.
    """

    at: AwareDatetime
    by: str
    answers: dict[str, Answer]


async def walks(store: ObjectStore, period: Period, *, at: datetime, count: int = RECORDS) -> list[Walk]:
    """Return some records of a period, drawn by the moment of asking, each with one value walked back."""
    last = [s for s in period.documents if s.record is not None and any(_stated(f) for f in s.record.fields)]
    drawn = sorted(last, key=lambda seen: digest([at.isoformat(), seen.way.document_id]))[:count]
    return [await _walk(store, seen, at) for seen in drawn]


async def confirm(store: ObjectStore, said: Confirmed) -> None:
    """Keep what a person said."""
    await store.create(ops_keys.walk(digest([said.at.isoformat(), said.by])), seal(said))


def _stated(field: RecordField) -> bool:
    return not field.field.columns and bool(field.field.readings)


async def _walk(store: ObjectStore, seen: Seen, at: datetime) -> Walk:
    fields = [one for one in (seen.record.fields if seen.record else ()) if _stated(one)]
    chosen = min(fields, key=lambda one: digest([at.isoformat(), seen.way.document_id, one.field.name]))
    reading = chosen.field.readings[0]
    walk = Walk(
        document_id=seen.way.document_id,
        doc_type=seen.way.doc_type or "unknown",
        field=chosen.field.name,
        value=reading.value or reading.raw,
        steps=(f"as validation judged it: {chosen.arithmetic}",),
    )
    for step in (_on_the_page, _in_the_bytes, _as_submitted):
        said, broken = await step(store, seen, chosen)
        walk = walk.model_copy(update={"steps": (*walk.steps, *said), "broken": broken})
        if broken is not None:
            break
    return walk


async def _on_the_page(
    store: ObjectStore, seen: Seen, chosen: RecordField
) -> tuple[Sequence[str], str | None]:
    reading = chosen.field.readings[0]
    if reading.element is not None:
        return [f"stated by the document's own data at {reading.element.path}"], None
    if not reading.evidence:
        return [], "no page shows it: the value is not grounded"
    found = seen.classification.layout if seen.classification else None
    if found is None:
        return [], "the document has no layout to find it on"
    try:
        layout: Layout = await get_artifact(store, found, ArtifactKind.LAYOUT)
    except (MissingObjectError, DigestMismatchError, ContractError, CorruptArtifactError) as error:
        return [], str(error)
    lines = {line.id: line.text for page in layout.pages for line in page.lines}
    told: list[str] = []
    for place in reading.evidence:
        if lines.get(place.line, "")[place.start : place.end] != place.quote:
            return told, f"line {place.line} does not say what the evidence quotes"
        box = place.box
        where = f"{100 * box.x0:.0f}–{100 * box.x1:.0f} % across, {100 * box.y0:.0f} % down"
        told.append(f"on page {place.page}, line {place.line}, {where}: {place.quote!r}")
    return told, None


async def _in_the_bytes(
    store: ObjectStore, seen: Seen, chosen: RecordField
) -> tuple[Sequence[str], str | None]:
    del chosen
    document_id = seen.way.document_id
    origin = await load_origin(store, document_id)
    if origin is not None:
        return [f"taken out of packet {origin.parent_id[:8]}"], None
    data = await store.fetch(keys.original(document_id))
    if data is None:
        return [], "the document's bytes are gone"
    if sha256_hex(data) != document_id:
        return [], "the bytes are not those that came in"
    return [f"read from {len(data)} bytes with sha-256 {document_id[:8]}…, unchanged"], None


async def _as_submitted(
    store: ObjectStore, seen: Seen, chosen: RecordField
) -> tuple[Sequence[str], str | None]:
    del chosen
    document_id = seen.way.document_id
    if await load_origin(store, document_id) is not None:
        return [], None
    came = [key for key in await links(store, document_id) if key.startswith("submissions/")]
    if not came:
        return [], "no submission says where it came from"
    return [f"submitted {seen.way.submitted_at:%Y-%m-%d %H:%M} UTC by submission {came[0][12:20]}"], None
