"""Submitting one document that comes by a pipe: it has no path, so it is given a name."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bus.protocol import Bus
from ops.submit import FileRefusedError, Submitted, submit_bytes
from store.protocol import ObjectStore

PIPE = Path("-")
"""What is typed for standard input."""
MOST_NAME = 255


async def submit_pipe(
    store: ObjectStore, bus: Bus, stream: BinaryIO, name: str, *, now: datetime, max_bytes: int
) -> Submitted:
    """Put what ``stream`` holds into the inbox under ``name``; the same name and bytes are known again.

    Raises:
        FileRefusedError: It is a terminal, empty or too large, or the name is none of a file.
    """
    _require_name(name)
    data = await asyncio.to_thread(read_pipe, stream, max_bytes)
    return await submit_bytes(store, bus, data, path=Path(name), name=name, place=f"pipe:{name}", now=now)


def read_pipe(stream: BinaryIO, max_bytes: int) -> bytes:
    """Return everything that comes from ``stream``; no more than ``max_bytes`` are ever held.

    Raises:
        FileRefusedError: Why not, in one sentence.
    """
    if stream.isatty():
        raise FileRefusedError(
            PIPE, "standard input is a terminal; pipe a document in: doctrail submit - --name a.pdf < a.pdf"
        )
    data = bytearray()
    while chunk := stream.read(min(1 << 20, max_bytes + 1 - len(data))):
        data += chunk
        if len(data) > max_bytes:
            raise FileRefusedError(
                PIPE, f"more than the limit of {max_bytes / 1e6:.0f} MB came in (DOCTRAIL_MAX_FILE_MB)"
            )
    if not data:
        raise FileRefusedError(PIPE, "nothing came in; the command before the pipe gave no byte")
    return bytes(data)


def _require_name(name: str) -> None:
    wrong = not name.strip() or len(name) > MOST_NAME or "/" in name or not name.isprintable()
    if wrong or name in {".", ".."}:
        raise FileRefusedError(
            PIPE, f"the name {name[:80]!r} is no file's; give --name a plain name such as lease.pdf"
        )
