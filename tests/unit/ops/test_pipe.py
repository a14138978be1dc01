"""A document that comes by a pipe: read within its limit, known again by name and bytes."""

from __future__ import annotations

import io
import os
import pty

import pytest

from bus.sqlite import SqliteBus
from ops.pipe import read_pipe, submit_pipe
from ops.submit import FileRefusedError
from schemas.canonical import sha256_hex
from store.memory import MemoryStore
from store.submissions import load_note
from tests.unit.ops.conftest import NOW


class Endless(io.RawIOBase):
    """A pipe that never ends, and counts what was taken of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


@pytest.mark.anyio
async def test_what_comes_by_a_pipe_is_submitted_under_its_name(bus: SqliteBus) -> None:
    store = MemoryStore()

    first = await submit_pipe(store, bus, io.BytesIO(b"a lease"), "lease.txt", now=NOW, max_bytes=100)
    again = await submit_pipe(store, bus, io.BytesIO(b"a lease"), "lease.txt", now=NOW, max_bytes=100)
    other = await submit_pipe(store, bus, io.BytesIO(b"a lease"), "copy.txt", now=NOW, max_bytes=100)

    note = await load_note(store, first.event_id)
    assert note is not None
    assert (note.name, note.path) == ("lease.txt", "pipe:lease.txt")
    assert first.document_id == sha256_hex(b"a lease")
    assert first.submission_id == again.submission_id != other.submission_id


def test_no_more_is_read_of_a_pipe_than_the_limit() -> None:
    endless = Endless()

    with pytest.raises(FileRefusedError, match="more than the limit of 3 MB came in"):
        read_pipe(endless, 3_000_000)  # type: ignore[arg-type]  # a raw stream reads as a buffered one does

    assert endless.taken == 3_000_001


def test_exactly_the_limit_is_taken() -> None:
    assert read_pipe(io.BytesIO(b"x" * 100), 100) == b"x" * 100


def test_an_empty_pipe_is_named() -> None:
    with pytest.raises(FileRefusedError, match="nothing came in"):
        read_pipe(io.BytesIO(b""), 100)


def test_a_terminal_is_not_waited_for() -> None:
    controller, terminal = pty.openpty()
    try:
        with os.fdopen(terminal, "rb") as stream, pytest.raises(FileRefusedError, match="is a terminal"):
            read_pipe(stream, 100)
    finally:
        os.close(controller)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["", " ", "a/b.pdf", "..", "a\nb.pdf", "x" * 300, "a\x1b.pdf"])
async def test_a_name_that_no_file_has_is_refused(bus: SqliteBus, name: str) -> None:
    with pytest.raises(FileRefusedError, match="give --name a plain name"):
        await submit_pipe(MemoryStore(), bus, io.BytesIO(b"x"), name, now=NOW, max_bytes=100)
