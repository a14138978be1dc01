"""The properties of an Outlook message, attachment or recipient, as MS-OXMSG lays them out."""

from __future__ import annotations

import codecs
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_ENTRIES = "__properties_version1.0"
_CODE_PAGE, _INTERNET_CODE_PAGE = 0x3FFD, 0x3FDE
_FIXED = {0x0002, 0x0003, 0x000B, 0x0014, 0x0040}
"""Property types whose value stands in the table itself."""


class Storage:
    """A folder in a compound file."""

    def __init__(self, file: Any, path: tuple[str, ...]) -> None:
        self._file = file
        self.path = path

    def below(self, name: str) -> Storage:
        """Return a folder in this one."""
        return Storage(self._file, (*self.path, name))

    def stream(self, name: str) -> bytes | None:
        """Return the bytes of a stream in this folder; None where there is none."""
        path = [*self.path, name]
        if not self._file.exists(path) or self._file.get_type(path) != 2:
            return None
        with self._file.openstream(path) as opened:
            return bytes(opened.read())

    def storages(self) -> list[str]:
        """Return the names of the folders right in this one, in order."""
        deep = len(self.path) + 1
        own = [name.lower() for name in self.path]
        found = [
            path[-1]
            for path in self._file.listdir(streams=False, storages=True)
            if len(path) == deep and [name.lower() for name in path[:-1]] == own
        ]
        return sorted(found)


class Properties:
    """The properties of what a folder holds."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._fixed = _fixed(storage.stream(_ENTRIES) or b"", _header_bytes(storage.path))

    def has(self, number: int) -> bool:
        """Whether there is a binary property of this number."""
        return self.binary(number) is not None

    def number(self, number: int) -> int:
        """Return a number or a truth value; 0 where there is none."""
        return int.from_bytes(self._fixed.get(number, b"\x00")[:4], "little")

    def binary(self, number: int) -> bytes | None:
        """Return a binary property."""
        return self._storage.stream(f"__substg1.0_{number:04X}0102")

    def text(self, number: int) -> str:
        """Return a text; empty where there is none."""
        wide = self._storage.stream(f"__substg1.0_{number:04X}001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\x00")
        narrow = self._storage.stream(f"__substg1.0_{number:04X}001E")
        if narrow is None:
            return ""
        return narrow.decode(_charset(self.number(_CODE_PAGE)), "replace").rstrip("\x00")

    def markup(self) -> str | None:
        """Return a message's HTML."""
        data = self.binary(0x1013)
        if data is None:
            return self.text(0x1013) or None
        return data.decode(_charset(self.number(_INTERNET_CODE_PAGE)), "replace").rstrip("\x00")

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return who wrote to whom, when and about what."""
        address = self.text(0x5D01) or (self.text(0x0C1F) if self.text(0x0C1E).upper() == "SMTP" else "")
        name = self.text(0x0C1A)
        sender = f"{name} <{address}>" if address and address != name else name
        return (
            ("From", sender),
            ("To", self.text(0x0E04)),
            ("Cc", self.text(0x0E03)),
            ("Date", self._time(0x0039) or self._time(0x0E06)),
            ("Subject", self.text(0x0037)),
        )

    def _time(self, number: int) -> str:
        ticks = int.from_bytes(self._fixed.get(number, b""), "little")
        if not 0 < ticks < 2**62:
            return ""
        try:
            return f"{_EPOCH + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M UTC}"
        except OverflowError:
            # A time after the year 9999 is none.
            return ""


def _header_bytes(path: tuple[str, ...]) -> int:
    """Return how long the header of a table of properties is, by what the table is of."""
    if not path:
        return 32
    return 24 if path[-1].startswith("__substg1.0_") else 8


def _fixed(table: bytes, start: int) -> dict[int, bytes]:
    """Return the values in a table of properties, after its header."""
    found: dict[int, bytes] = {}
    for place in range(start, len(table) - 15, 16):
        kind, number = struct.unpack_from("<HH", table, place)
        if kind in _FIXED:
            found[number] = table[place + 8 : place + 16]
    return found


def _charset(code_page: int) -> str:
    known = {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 1200: "utf-16-le", 0: "cp1252"}
    name = known.get(code_page, f"cp{code_page}")
    if 28592 <= code_page <= 28606:
        name = f"iso8859-{code_page - 28590}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
