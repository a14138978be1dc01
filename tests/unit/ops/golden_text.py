"""The golden texts of traces: ``python -m tests.unit.ops.golden_text`` writes them anew; read the diff."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from ops.trace import load_trace
from ops.trace.views.text import trace_text
from store.memory import MemoryStore
from store.protocol import ObjectStore
from tests.unit.ops import documents
from tests.unit.ops.documents import Made

FOLDER = Path(__file__).parent / "golden"


async def in_review(store: ObjectStore) -> Made:
    return (await documents.in_review(store))[0]


async def submitted(store: ObjectStore) -> Made:
    return (await documents.submitted(store))[0]


DOCUMENTS: dict[str, Callable[[ObjectStore], Awaitable[Made]]] = {
    "submitted": submitted,
    "mid_way": documents.mid_way,
    "accepted": documents.accepted,
    "in_review": in_review,
    "decision_handed_in": documents.decision_handed_in,
    "decided_by_a_person": documents.decided_by_a_person,
    "rejected": documents.rejected,
    "dead_lettered": documents.dead_lettered,
    "run_twice": documents.run_twice,
}

_ID = re.compile(r"\b[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{56})?\b")
_SIZE = re.compile(r"\([0-9.]+ (?:B|kB)\)")


def masked(text: str) -> str:
    """Return ``text`` without what follows from how artifacts are serialised: ids, digests, sizes."""
    return _SIZE.sub("(size)", _ID.sub("#", text))


async def text_of(name: str, *, full: bool = False) -> str:
    """Make a document and return its trace as text."""
    store = MemoryStore()
    made = await DOCUMENTS[name](store)
    return trace_text(await load_trace(store, made.document_id, full=full), full=full)


def golden(name: str) -> str:
    """Return the golden text of a document."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in DOCUMENTS:
        (FOLDER / f"{name}.txt").write_text(masked(asyncio.run(text_of(name))), encoding="utf-8")
    full = masked(asyncio.run(text_of("in_review", full=True)))
    (FOLDER / "in_review_full.txt").write_text(full, encoding="utf-8")


if __name__ == "__main__":
    main()
