"""The database under the queue: one write transaction at a time on SQLite, row locks on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from threading import Barrier, BrokenBarrierError
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from catalog.engine import Migrations, explained, migrate, open_engine, writing
from catalog.errors import CatalogDamagedError
from review.queue.errors import QueueDamagedError
from schemas.errors import TransientError

T = TypeVar("T")
Clock = Callable[[Connection], datetime]

REVIEW = Migrations("review.queue:migrations", "0003", "review_version")
_WHAT = "the review queue"
_THREADS = 5
_REHEARSAL_SECONDS = 5.0
TRIES = 4
_SQLITE_NOW = text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
_POSTGRES_NOW = text("SELECT clock_timestamp()")


class _Rehearsed(Exception):  # noqa: N818 (no error: it ends a transaction that is not to be kept)
    """A transaction was played through."""


def database_clock(connection: Connection) -> datetime:
    """Return the time by the database's clock, which is the same for every process."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(_POSTGRES_NOW).scalar_one()
        return found.astimezone(UTC)
    return datetime.fromisoformat(connection.execute(_SQLITE_NOW).scalar_one()).replace(tzinfo=UTC)


class Transaction:
    """A transaction in somebody's hands.

    Args:
        connection: With SQLite's write lock, where it writes.
        clock: Whose time counts.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection
        self._clock = clock

    @cached_property
    def now(self) -> datetime:
        """The database's time when it was first asked for: the same one throughout the transaction."""
        return self._clock(self.connection)

    @property
    def locks_rows(self) -> bool:
        """Whether rows are locked one by one; else this is the only writer."""
        return self.connection.dialect.name == "postgresql"

    def locked(self, query: Select[Any], of: Table) -> Select[Any]:
        """Return ``query`` locking the rows it finds, waiting for those that others hold."""
        return query.with_for_update(of=of) if self.locks_rows else query

    def skipping_locked(self, query: Select[Any], of: Table) -> Select[Any]:
        """Return ``query`` locking the rows it finds, leaving out those that others hold."""
        return query.with_for_update(of=of, skip_locked=True) if self.locks_rows else query

    def insert(self, table: Table) -> Any:
        """Return an insert that knows ``on_conflict_…``."""
        return insert_into(table, locks_rows=self.locks_rows)


def insert_into(table: Table, *, locks_rows: bool) -> Any:
    """Return an insert that knows ``on_conflict_…``, as PostgreSQL, which locks rows, or SQLite has it."""
    return postgresql.insert(table) if locks_rows else sqlite.insert(table)


class Database:
    """Runs transactions in threads; safe within one event loop, and among any number of processes.

    Args:
        engine: Migrated already.
        clock: Whose time counts.
    """

    def __init__(self, engine: Engine, clock: Clock = database_clock) -> None:
        self._engine = engine
        self._clock = clock
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="review")
        self._turn = asyncio.Lock()
        self._rows = engine.dialect.name == "postgresql"
        # There every question sees what is committed by then, in a transaction or not: whoever only reads is
        # spared its beginning and its end, two ways there and back.
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT") if self._rows else engine

    async def write(self, verb: str, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one write transaction; on disk on return.

        Raises:
            TransientError: The database did not take it; nothing was changed.
        """
        if self._rows:
            return await self._run(verb, work, write=True)
        async with self._turn:
            return await self._run(verb, work, write=True)

    async def read(self, verb: str, work: Callable[[Transaction], T]) -> T:
        """Run ``work``, which only reads."""
        return await self._run(verb, work, write=False)

    async def rehearse(self, work: Callable[[Transaction], object]) -> None:
        """Run ``work`` as ``write`` would, and take it back; on PostgreSQL over every connection at once.

        The first time anything is asked takes several times as long: questions are put together, and every
        connection makes plans of its own. Whoever starts a server rehearses, so that nobody waits for that.
        """
        together = Barrier(_THREADS if self._rows else 1)

        def run() -> None:
            # A database that does not answer just now keeps nobody from serving; whoever asks is told.
            with (
                suppress(_Rehearsed, TransientError),
                _said("rehearse"),
                self._begun(write=True) as connection,
            ):
                # Each on a connection of its own; where one can't be had, the others go on without.
                with suppress(BrokenBarrierError):
                    together.wait(_REHEARSAL_SECONDS)
                work(Transaction(connection, self._clock))
                raise _Rehearsed

        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, run) for _ in range(together.parties)))

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown()
        self._engine.dispose()

    async def _run(self, verb: str, work: Callable[[Transaction], T], *, write: bool) -> T:
        def run() -> T:
            with _said(verb):
                for _ in range(TRIES - 1):
                    try:
                        return once()
                    except DBAPIError as error:
                        if not _was_rolled_back(error):
                            raise
                return once()

        def once() -> T:
            with self._begun(write=write) as connection:
                return work(Transaction(connection, self._clock))

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    @contextmanager
    def _begun(self, *, write: bool) -> Iterator[Connection]:
        if not write:
            with self._reading.begin() as connection:
                yield connection
        elif self._rows:
            # Writers of rows lock what they touch; the catalog's lock would make them take turns.
            with self._engine.begin() as connection:
                yield connection
        else:
            with writing(self._engine) as connection:
                yield connection


def _keep_plans(connection: Any, record: object) -> None:
    """Have a question planned once, when it is first asked: else that is done anew ten times."""
    del record
    connection.prepare_threshold = 0
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.commit()


def _was_rolled_back(error: DBAPIError) -> bool:
    """Whether PostgreSQL chose this transaction to end a deadlock: nothing of it was done, again is safe."""
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("40")


@asynccontextmanager
async def connect(url: str, clock: Clock = database_clock) -> AsyncIterator[Database]:
    """Open the queue's tables at ``url``, up to date; closed on exit.

    Raises:
        CatalogUrlError: Unknown scheme, or nothing named.
        CatalogDeniedError: Its folder or database may not be used.
        QueueDamagedError: Its file is no database.
        TransientError: It does not answer now.
    """
    engine = open_engine(url)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _keep_plans)
    with _said("open"):
        await asyncio.to_thread(migrate, engine, REVIEW)
    database = Database(engine, clock)
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


@contextmanager
def _said(verb: str) -> Iterator[None]:
    try:
        with explained(verb, _WHAT):
            yield
    except CatalogDamagedError as error:
        raise QueueDamagedError(
            "the review queue's file is damaged, removed or replaced; restore it from a backup: it holds "
            "drafts and decisions that nothing else has",
            reason="queue_damaged",
        ) from error
