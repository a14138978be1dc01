"""Families of documents: near-duplicates belong together, so that no pool scores what another taught.

A text is sketched by the least hashes of its runs of words (MinHash), digits masked. Parts of the sketch are
the keys of notes that are written once: the first document with such a part holds it. A later document that
finds a holder whose whole sketch is near its own is of the holder's family. Of pairs that are just near
enough 99 in 100 share a part (``1 - (1 - NEAR**BAND_SIZE)**BANDS``), of nearer ones more.

A family is assigned when a person first says something of a document: nobody trains on, retrieves or scores
what nobody looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal
from store.submissions import note_link

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MINIMA = 64
BANDS = 12
BAND_SIZE = 3
NEAR = 0.7
"""Share of equal least hashes, an estimate of the share of common runs, from which on texts are near."""

_RUN = 4
_LONGEST = 200_000
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")

Sketch = tuple[int, ...]
"""The least hashes of a text; empty for one of no words."""


class FamilyNote(Sealed):
    """Who holds a part of a sketch: the first document that had it."""

    document_id: str
    family: str
    minima: Annotated[tuple[int, ...], Field(min_length=MINIMA, max_length=MINIMA)]


class PoolNote(Sealed):
    """The pool family of a document, for ever, and the other families it was found near."""

    family: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """The family a document is of.

    Attributes:
        near: Other families that the document is near as well, sorted; where there are any, it belongs
            to no pool.
    """

    name: str
    near: tuple[str, ...] = ()


def sketch_of(text: str) -> Sketch:
    """Return the sketch of a text: equal texts have equal sketches, near ones share most of theirs."""
    import numpy as np

    words = _WORD.findall(_DIGIT.sub("0", text[:_LONGEST]).casefold())
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))} - {""}
    if not runs:
        return ()
    hashes = np.array([zlib.crc32(run.encode("utf-8", "replace")) for run in runs], dtype=np.uint64)
    factors, offsets = _functions()
    # Multiplication wraps at 64 bits and the upper half is kept: a family of nearly independent hashes.
    mixed = (factors[:, None] * hashes[None, :] + offsets[:, None]) >> np.uint64(32)
    return tuple(int(least) for least in mixed.min(axis=1))


def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    import numpy as np

    drawn = hashlib.shake_256(b"doctrail families").digest(16 * MINIMA)
    numbers = np.frombuffer(drawn, dtype="<u8").astype(np.uint64)
    return numbers[:MINIMA] | np.uint64(1), numbers[MINIMA:]


def likeness(one: Sketch, other: Sketch) -> float:
    """Return the share of equal least hashes; 0 where a text has none."""
    if not one or not other:
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / MINIMA


def bands_of(sketch: Sketch) -> list[str]:
    """Return the parts of a sketch that near documents are found by."""
    parts = [
        (band, sketch[band * BAND_SIZE : (band + 1) * BAND_SIZE]) for band in range(BANDS if sketch else 0)
    ]
    return [hashlib.blake2b(repr(part).encode(), digest_size=16).hexdigest() for part in parts]


async def family_of(store: ObjectStore, document_id: str) -> Family | None:
    """Return the family a document was assigned, or None where it has none yet."""
    key = keys.pool(document_id)
    data = await store.fetch(key)
    if data is None:
        return None
    note = parse(data, PoolNote, key)
    return Family(note.family, note.near)


async def assign_family(store: ObjectStore, document_id: str, text: str) -> Family:
    """Return the document's family, assigning it where it has none: it never changes afterwards.

    It is its packet's for a part of one, else that of the earliest near document, else the document's own
    id. Where two documents come at once each may found a family; whoever comes near both later, and the one
    of the two that lost a part of its sketch, is near two families and says so.

    Args:
        store: Keeps families and the index.
        document_id: The document.
        text: What its pages say.
    """
    known = await family_of(store, document_id)
    if known is not None:
        return known
    # Of a long text it takes tens of milliseconds, in which a reviewer waits for his next record.
    sketch = await asyncio.to_thread(sketch_of, text)
    found = await _near(store, document_id, sketch)
    name = await _packets(store, document_id, next(iter(found), document_id))
    for held in await _enter(store, document_id, sketch, name):
        found.setdefault(held.family, None)
    note = PoolNote(family=name, near=tuple(sorted(found.keys() - {name})))
    written = await store.create(keys.pool(document_id), seal(note))
    standing = parse(written.data, PoolNote, keys.pool(document_id))
    return Family(standing.family, standing.near)


async def families_near(store: ObjectStore, sketch: Sketch) -> tuple[str, ...]:
    """Return the families that a text of this sketch is near to, the nearest first; nothing is noted."""
    return tuple(await _near(store, "", sketch))


async def _packets(store: ObjectStore, document_id: str, own: str) -> str:
    """Return the family of the packet that a part came in, which the first of its parts decides."""
    packet = (await store.fetch(keys.family(document_id)) or document_id.encode()).decode()
    if packet == document_id:
        return own
    family = packet if own == document_id else own
    key = keys.pool(packet)
    return parse((await store.create(key, seal(PoolNote(family=family)))).data, PoolNote, key).family


async def _near(store: ObjectStore, document_id: str, sketch: Sketch) -> dict[str, None]:
    """Return the families of near documents, the one that holds most of the sketch's parts first."""
    votes: dict[str, int] = {}
    places = [keys.family_band(band) for band in bands_of(sketch)]
    for place, data in zip(places, await asyncio.gather(*map(store.fetch, places)), strict=True):
        if data is not None:
            note = parse(data, FamilyNote, place)
            if note.document_id != document_id and likeness(sketch, note.minima) >= NEAR:
                votes[note.family] = votes.get(note.family, 0) + 1
    return dict.fromkeys(sorted(votes, key=lambda family: (-votes[family], family)))


async def _enter(store: ObjectStore, document_id: str, sketch: Sketch, family: str) -> list[FamilyNote]:
    """Write the parts of a sketch that nobody holds; return the notes of near documents that hold others."""
    others: list[FamilyNote] = []
    if not sketch:
        return others
    note = seal(FamilyNote(document_id=document_id, family=family, minima=sketch))
    places = [keys.family_band(band) for band in bands_of(sketch)]
    written = await asyncio.gather(*(store.create(key, note) for key in places))
    for key, one in zip(places, written, strict=True):
        standing = parse(one.data, FamilyNote, key)
        if standing.document_id == document_id:
            await note_link(store, document_id, key)
        elif likeness(sketch, standing.minima) >= NEAR:
            others.append(standing)
    return others
