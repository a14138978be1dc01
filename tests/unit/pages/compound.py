"""A writer of compound files (MS-CFB), just enough for the Outlook messages of the tests."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    children: list[_Entry] = field(default_factory=list)
    number: int = 0
    right: int = FREE
    start: int = END


def compound_file(content: dict[str, object]) -> bytes:
    """Return a compound file of nested folders (dicts) and streams (bytes)."""
    root = _Entry("Root Entry", 5, children=_entries(content))
    entries = _numbered(root)
    mini = bytearray()
    mini_fat: list[int] = []
    for entry in entries:
        if entry.kind == 2 and 0 < len(entry.data) < CUTOFF:
            entry.start = len(mini_fat)
            count = -(-len(entry.data) // MINI)
            mini += entry.data.ljust(count * MINI, b"\0")
            mini_fat += [*range(entry.start + 1, entry.start + count), END]
    root.data = bytes(mini)
    sectors: list[bytes] = []
    fat: list[int] = []

    def place(data: bytes) -> int:
        if not data:
            return END
        start, count = len(sectors), -(-len(data) // SECTOR)
        sectors.extend(data[n * SECTOR : (n + 1) * SECTOR].ljust(SECTOR, b"\0") for n in range(count))
        fat.extend([*range(start + 1, start + count), END])
        return start

    for entry in entries:
        if entry.kind == 5 or (entry.kind == 2 and len(entry.data) >= CUTOFF):
            entry.start = place(entry.data)
    mini_start = place(b"".join(struct.pack("<I", n) for n in mini_fat))
    mini_count = -(-4 * len(mini_fat) // SECTOR)
    directory = place(b"".join(_row(entry) for entry in entries))
    fat_count = 1
    while (len(sectors) + fat_count) * 4 > fat_count * SECTOR:
        fat_count += 1
    fat_start = len(sectors)
    table = [*fat, *([0xFFFFFFFD] * fat_count)]
    table += [FREE] * (fat_count * SECTOR // 4 - len(table))
    packed = b"".join(struct.pack("<I", n) for n in table)
    difat = [*range(fat_start, fat_start + fat_count), *([FREE] * (109 - fat_count))]
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        bytes(6),
        0,
        fat_count,
        directory,
        0,
        CUTOFF,
        mini_start,
        mini_count,
        END,
        0,
    )
    return header + struct.pack("<109I", *difat) + b"".join(sectors) + packed


def _entries(content: dict[str, object]) -> list[_Entry]:
    found = []
    for name, value in content.items():
        if isinstance(value, dict):
            found.append(_Entry(name, 1, children=_entries(value)))
        else:
            assert isinstance(value, bytes)
            found.append(_Entry(name, 2, data=value))
    # Siblings are sorted by the length of their names, then by the names.
    return sorted(found, key=lambda entry: (len(entry.name), entry.name.upper()))


def _numbered(root: _Entry) -> list[_Entry]:
    entries = [root]
    waiting = [root]
    while waiting:
        children = waiting.pop(0).children
        for position, child in enumerate(children, start=1):
            child.number = len(entries)
            # A list is a tree as well: each sibling has the next to its right.
            child.right = child.number + 1 if position < len(children) else FREE
            entries.append(child)
            waiting.append(child)
    return entries


def _row(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    first = entry.children[0].number if entry.children else FREE
    start = 0 if entry.kind == 1 else entry.start
    tree = struct.pack("<64sHBBIII", name, len(name), entry.kind, 1, FREE, entry.right, first)
    return tree + struct.pack("<16sIQQIQ", bytes(16), 0, 0, 0, start, len(entry.data))


def outlook_message(
    texts: dict[int, str],
    *attachments: dict[str, object],
    numbers: dict[int, int] | None = None,
    blobs: dict[int, bytes] | None = None,
    header: int = 32,
) -> dict[str, object]:
    """Return the folder of a message: its texts, fixed values and binaries by property number."""
    content: dict[str, object] = {f"__substg1.0_{n:04X}001F": t.encode("utf-16-le") for n, t in texts.items()}
    content |= {f"__substg1.0_{n:04X}0102": data for n, data in (blobs or {}).items()}
    rows = [struct.pack("<HHIQ", 0x40 if n == 0x39 else 3, n, 6, v) for n, v in (numbers or {}).items()]
    content["__properties_version1.0"] = bytes(header) + b"".join(rows)
    content |= {f"__attach_version1.0_#{n:08X}": one for n, one in enumerate(attachments)}
    return content


def attachment(name: str, data: bytes, kind: str = "application/pdf", **more: str) -> dict[str, object]:
    """Return the folder of an attachment by value."""
    texts = {0x3707: name, 0x370E: kind} | {int(n, 16): t for n, t in more.items()}
    return outlook_message(texts, numbers={0x3705: 1}, blobs={0x3701: data}, header=8)


def attached_message(message: dict[str, object]) -> dict[str, object]:
    """Return the folder of an attachment that is a message itself."""
    folder = outlook_message({}, numbers={0x3705: 5}, header=8)
    return folder | {"__substg1.0_3701000D": message}
