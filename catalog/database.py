"""The catalog: facts go in as they come, in whatever order and however often; rows come out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, Table, case, delete, text
from sqlalchemy.dialects import postgresql, sqlite

from catalog.engine import explained, writing
from catalog.facts import Fact
from catalog.tables import documents, facts, submissions
from schemas.errors import PipelineError
from store.submissions import Submission

T = TypeVar("T")
Query = Select[*tuple[Any, ...]]
_READERS = 4
_IDS_AT_ONCE = 500
_REFRESH = "INSERT INTO documents ({columns}) SELECT {columns} FROM document_states"


@dataclass(slots=True)
class Batch:
    """Facts and submissions to be written together.

    Attributes:
        generation: Number of the rebuild that writes them; None for the projector.
        written: Whether they are on disk.
    """

    facts: Sequence[Fact]
    submissions: Sequence[Submission] = ()
    generation: int | None = None
    written: bool = field(default=False, compare=False)


class Catalog:
    """The SQL projection of what happened to documents; agents never read it.

    Concurrent writes share one transaction. Safe within one event loop; other processes may write too.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(_READERS + 1, thread_name_prefix="catalog")
        self._waiting: list[Batch] = []
        self._turn = asyncio.Lock()

    async def keep(self, batch: Batch) -> None:
        """Write a batch; on disk on return, and what is known already changes nothing."""
        self._waiting.append(batch)
        async with self._turn:
            if batch.written:
                return
            batches, self._waiting = self._waiting, []
            if batch not in batches:
                batches.append(batch)
            try:
                await self._run("write", lambda: self._write(batches))
            except PipelineError:
                raise
            except Exception:
                if len(batches) == 1:
                    raise
                # One of them can't be written. Nobody fails for another's: each writes its own.
                batches = [batch]
                await self._run("write", lambda: self._write(batches))
            for each in batches:
                each.written = True

    async def read(self, query: Query, **values: Any) -> Sequence[RowMapping]:
        """Return all rows of a bounded query."""
        return await self._run("answer", lambda: self._rows(query, values))

    async def pages(self, page: Callable[[RowMapping | None], Query]) -> AsyncIterator[RowMapping]:
        """Yield rows page by page; ``page`` returns the query of those after a row."""
        last: RowMapping | None = None
        while rows := await self.read(page(last)):
            for row in rows:
                yield row
            last = rows[-1]

    async def change(self, verb: str, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one write transaction."""

        def run() -> T:
            with writing(self._engine) as connection:
                return work(connection)

        async with self._turn:
            return await self._run(verb, run)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown()
        self._engine.dispose()

    def _rows(self, query: Query, values: dict[str, Any]) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            return connection.execute(query, values).mappings().all()

    def _write(self, batches: Sequence[Batch]) -> None:
        with writing(self._engine) as connection:
            touched: set[str] = set()
            for batch in batches:
                touched |= _insert(connection, batch)
            refresh(connection, touched)

    async def _run(self, verb: str, work: Callable[[], T]) -> T:
        with explained(verb):
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def refresh(connection: Connection, document_ids: Iterable[str]) -> None:
    """Derive the rows of these documents anew from their facts."""
    columns = ", ".join(column.name for column in documents.columns)
    ids = sorted(document_ids)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[start : start + _IDS_AT_ONCE]
        connection.execute(delete(documents).where(documents.c.document_id.in_(some)))
        states = text(_REFRESH.format(columns=columns) + " WHERE document_id = :document_id")
        connection.execute(states, [{"document_id": one} for one in some])


def _insert(connection: Connection, batch: Batch) -> set[str]:
    """Write a batch and return the documents whose rows it may have changed."""
    generation = {} if batch.generation is None else {"generation": batch.generation}
    rows = [asdict(fact) | generation for fact in batch.facts]
    _upsert(connection, facts, "fact_id", rows, replace=bool(generation))
    named = [_submission(one) for one in batch.submissions]
    _upsert(connection, submissions, "submission_id", named, replace=bool(generation))
    return {row["document_id"] for row in (*rows, *named)}


def _upsert(
    connection: Connection, table: Table, key: str, rows: Sequence[dict[str, Any]], *, replace: bool
) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    if replace:
        changed: dict[str, ColumnElement[Any]] = {
            name: statement.excluded[name] for name in rows[0] if name != key
        }
        if "generation" in changed:
            # Two rebuilds may write at once: what the later one has seen stays seen.
            known, given = table.c.generation, statement.excluded.generation
            changed["generation"] = case((known > given, known), else_=given)
        statement = statement.on_conflict_do_update(index_elements=[key], set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=[key])
    connection.execute(statement, rows)


def _submission(submission: Submission) -> dict[str, Any]:
    source = submission.source
    # Where a document was fetched from is what people call it by, as they do a path.
    fetched_from = source.uri if source.uri and ":" in source.uri else None
    return {
        "submission_id": submission.submission_id,
        "document_id": submission.document_id,
        "name": source.name,
        "path": source.path or fetched_from,
        "uri": source.uri,
        "size": submission.size,
        "at": submission.at,
    }
