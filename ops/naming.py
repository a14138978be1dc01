"""What a document is called: a submitted file by its name, a part by its packet's and its place in it."""

from __future__ import annotations

from collections.abc import Sequence

from ops.progress import children_of_run
from ops.words import page_range
from schemas.packets import Child
from store.children import Origin, ancestors
from store.protocol import ObjectStore
from store.releases import run_slots
from store.submissions import load_submission

WITHIN = " > "
"""Stands between a packet's name and that of what is in it."""


async def name_of(store: ObjectStore, name: str | None, document_id: str) -> str | None:
    """Return ``name`` where the document came with one, else its place: ``mail.eml > a.pdf``."""
    if name is not None:
        return name
    chain = await ancestors(store, document_id)
    if not chain:
        return None
    submission = next((one.submission_id for one in chain if one.submission_id is not None), None)
    submitted = await load_submission(store, submission) if submission is not None else None
    top = submitted.source.name if submitted is not None else None
    return WITHIN.join([*([top] if top else []), *(_place(one) for one in reversed(chain))])


async def part_named(store: ObjectStore, document_id: str, names: Sequence[str]) -> str | None:
    """Return the part that ``names`` lead to from a packet, as ``name_of`` says them, or None."""
    for name in names:
        slots = await run_slots(store, document_id)
        children = await children_of_run(store, document_id, slots[-1].run_id) if slots else ()
        found = [child for child in children if name in (child.name, child.place, _range(child))]
        if len(found) != 1:
            return None
        document_id = found[0].document_id
    return document_id


def _range(child: Child) -> str | None:
    return None if child.pages is None else page_range(child.pages)


def _place(origin: Origin) -> str:
    if origin.pages is not None:
        return page_range(origin.pages)
    return origin.name or origin.place
