"""Snapshots as bytes: lines in order, compressed; equal knowledge has equal bytes, and so an equal digest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import Any

LEVEL = 6


def pack(lines: Iterable[str]) -> bytes:
    """Return the bytes of a snapshot with these lines, each once, sorted."""
    text = "".join(f"{line}\n" for line in sorted(set(lines)))
    return gzip.compress(text.encode("utf-8"), LEVEL, mtime=0)


def unpack(data: bytes) -> bytes:
    """Return the lines of a snapshot as one text in UTF-8."""
    return gzip.decompress(data)


def as_line(entry: dict[str, Any]) -> str:
    """Return an entry as one line of JSON, always in the same form."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entries(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the entries of a snapshot whose lines are JSON."""
    for line in unpack(data).splitlines():
        yield json.loads(line)
