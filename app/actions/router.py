"""What ``doctrail router`` does: the table with what is expected of whom, and learning that from reviews."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.actions.finetune import everything_said
from app.clock import utc_now
from app.folders import require_types, router_table
from app.session import settings, with_store
from app.wiring import release_parts
from doctypes.folder import TypeFolder, load_all
from inference.labelled.corrections import read_records
from inference.router.learning import learned
from inference.router.table import RouterTable
from ops.router import ExpectedLine, expected_lines, history_file, judged_readings
from ops.types import folder_of
from schemas.histories import HISTORY, ModelHistory
from schemas.layout import Frozen
from schemas.reviewed import ReviewedRecord
from store.files import write_whole
from store.protocol import ObjectStore


@dataclass(frozen=True, slots=True)
class RouterNow:
    """The router's table and what is expected of its models; no table where nobody else is asked."""

    table: RouterTable | None
    lines: list[ExpectedLine]


class Learnt(Frozen):
    """What was learned from reviews.

    Attributes:
        path: What was written; None where there was nothing to learn.
    """

    readings: int
    certified: int = 0
    path: Path | None = None


def router_now(doc_type: str | None) -> RouterNow:
    """Return the table of the settings, with what is expected on one type or on all.

    Raises:
        BrokenRouterError: The table is not what it should be, or names a type that there is not.
        UnknownTypeError: There is no such type.
    """
    parts = release_parts(settings())
    table = router_table(parts)
    if table is None:
        return RouterNow(None, [])
    folders = load_all(parts.types)
    require_types(table, folders)
    wanted = folders if doc_type is None else [folder_of(folders, doc_type)]
    routed = [folder for folder in wanted if table.routes(folder.doc_type.name)]
    return RouterNow(
        table,
        [line for folder in routed for line in expected_lines(table, folder.doc_type, _history(folder))],
    )


def _history(folder: TypeFolder) -> ModelHistory | None:
    data = folder.parts.get(HISTORY)
    return None if data is None else ModelHistory.model_validate_json(data)


def learn_from_reviews(doc_type: str, records: Path | None, out: Path | None) -> Learnt:
    """Count what people said of large models' readings of a type, and write ``history.json``.

    Raises:
        UnknownTypeError: There is no such type.
        BrokenRecordsError: The file of records is not in order.
    """
    types = release_parts(settings()).types
    folder = folder_of(load_all(types), doc_type)

    async def work(store: ObjectStore) -> Learnt:
        said: list[ReviewedRecord] = (
            read_records(records) if records else list(await everything_said(store, utc_now()))
        )
        judged = await judged_readings(store, said, folder.doc_type)
        history = learned(folder.doc_type, judged)
        if history is None:
            return Learnt(readings=0)
        path = (out or types / doc_type) / HISTORY
        write_whole(path, history_file(history))
        certified = sum(
            one.threshold is not None for found in history.certificates for one in found.certificates
        )
        return Learnt(readings=len(judged), certified=certified, path=path)

    return with_store(work)
