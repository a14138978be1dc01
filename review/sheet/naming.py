"""What a document is called: as it was submitted, or its packet's name and its place in it."""

from __future__ import annotations

from store.children import Origin, ancestors
from store.protocol import ObjectStore
from store.submissions import links, load_submission

_SUBMISSIONS = "submissions/"


async def document_name(store: ObjectStore, document_id: str) -> str | None:
    """Return the name a document first came with; None where it came without one."""
    chain = await ancestors(store, document_id)
    submitted = await _submitted(store, chain[-1].parent_id if chain else document_id)
    parts = [*([submitted] if submitted else []), *(_place(one) for one in reversed(chain))]
    return " > ".join(parts) or None


async def _submitted(store: ObjectStore, document_id: str) -> str | None:
    for key in await links(store, document_id):
        if key.startswith(_SUBMISSIONS):
            submission = await load_submission(store, key.removeprefix(_SUBMISSIONS).removesuffix(".json"))
            source = submission.source if submission else None
            if source is not None:
                return source.name or (source.uri or "").rpartition("/")[2] or None
    return None


def _place(origin: Origin) -> str:
    if origin.pages is not None:
        first, last = origin.pages
        return f"page {first}" if first == last else f"pages {first}–{last}"
    return origin.name or origin.place
