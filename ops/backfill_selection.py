"""Which documents a backfill runs again: stated once, kept with its cause, the same after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from catalog.database import Catalog
from catalog.queries import document, list_documents, unfinished
from schemas.canonical import canonical_json, derive_id, digest
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store import keys
from store.protocol import ObjectStore
from store.submissions import Cause, keep_cause, load_cause


class OtherSelectionError(PermanentError):
    """A backfill of this id runs with another selection; restart it with the id alone, or take a new id."""

    def __init__(self, cause_id: str, stated: str) -> None:
        super().__init__(
            f"backfill {cause_id} was started with {stated}; restart it with --id alone, or start a new one",
            reason="backfill_selection",
        )


class Selection(Frozen):
    """Which documents run again.

    Attributes:
        doc_type: Only documents found to be of this type.
        since: Only those submitted at or after.
        until: Only those submitted before.
        unchanged: Also documents that the release would judge exactly as their newest run was judged.
        repay: Models are asked anew, whatever replies are known; the unchanged ones, too.
    """

    doc_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    unchanged: bool = False
    repay: bool = False

    def words(self) -> str:
        """Return the selection as a person would say it."""
        parts = [
            f"--type {self.doc_type}" if self.doc_type else "",
            f"--since {self.since.isoformat()}" if self.since else "",
            f"--until {self.until.isoformat()}" if self.until else "",
            "--unchanged" if self.unchanged else "",
            "--repay" if self.repay else "",
        ]
        return " ".join(part for part in parts if part) or "every document"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document to run again, and the type that names it: its own or a part's; None where none was found."""

    document_id: str
    doc_type: str | None


async def start(
    store: ObjectStore,
    selection: Selection,
    *,
    release_digest: str,
    now: datetime,
    cause_id: str | None = None,
) -> tuple[Cause, Selection]:
    """Return the cause of a backfill and its selection: new, or as it was started under ``cause_id``.

    Raises:
        OtherSelectionError: It was started with another selection.
        UnknownCauseError: ``cause_id`` names none that exists, and the selection is empty.
    """
    stated = selection.model_dump(mode="json", exclude_defaults=True)
    wanted = Cause(
        cause_id=cause_id or derive_id("backfill", release_digest, digest(stated), now.isoformat()),
        kind="backfill",
        release_digest=release_digest,
        at=now,
        selection=stated,
        repay=selection.repay,
    )
    cause = await (load_cause(store, cause_id) if cause_id and not stated else keep_cause(store, wanted))
    if cause.kind != "backfill":
        raise PermanentError(f"{cause.cause_id} is a {cause.kind}, not a backfill", reason="backfill_kind")
    standing = Selection.model_validate(cause.selection)
    if stated and standing != selection:
        raise OtherSelectionError(cause.cause_id, standing.words())
    await store.create(keys.backfill(cause.cause_id), canonical_json({"cause_id": cause.cause_id}))
    return cause, standing


async def candidates(catalog: Catalog, selection: Selection) -> AsyncIterator[Candidate]:
    """Yield the documents that a selection names, in the order they were submitted.

    A part of a packet is run again with its whole packet, so that split and parts are of one release.
    """
    rows = list_documents(catalog, doc_type=selection.doc_type, since=selection.since, until=selection.until)
    async for row in rows:
        top = row
        while top.parent_id is not None and (above := await document(catalog, top.parent_id)) is not None:
            top = above
        yield Candidate(top.document_id, row.doc_type)


class Unfinished(Frozen):
    """A backfill that has not come to its end.

    Attributes:
        running: Documents that agents work on for it at the moment.
    """

    cause_id: str
    at: datetime
    selection: str
    release_digest: str
    running: int


async def unfinished_backfills(store: ObjectStore, catalog: Catalog) -> tuple[Unfinished, ...]:
    """Return the backfills that were started and did not come to their end, oldest first."""
    found = []
    async for cause_id in store.folders("backfills"):
        if await store.head(keys.backfill_finished(cause_id)) is None:
            cause = await load_cause(store, cause_id)
            found.append(
                Unfinished(
                    cause_id=cause_id,
                    at=cause.at,
                    selection=Selection.model_validate(cause.selection).words(),
                    release_digest=cause.release_digest,
                    running=await unfinished(catalog, cause_id),
                )
            )
    return tuple(sorted(found, key=lambda backfill: (backfill.at, backfill.cause_id)))
