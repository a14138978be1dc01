"""ZIP archives: each member a document; names are data, and no member is written anywhere."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib

from pages.containers.contents import Budget, BudgetError, Contents
from pages.parts import UnreadableError
from schemas.classification import RejectReason

_ENTRY = b"PK\x01\x02"
MOST_RATIO = 200
"""Times its packed size that a member may unpack to; documents stay far below."""
_RATIO_FROM = 10_000_000
_ENTRIES_PER_PART = 10
"""Entries of the directory (folders included) per part that is allowed, before it is read at all."""
_DAMAGED = (
    zipfile.BadZipFile,
    ValueError,
    OverflowError,
    EOFError,
    NotImplementedError,
    struct.error,
    OSError,
)
_LITTER = ("__MACOSX/",)
_LITTER_NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
_CHUNK = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")


def unpack(data: bytes, budget: Budget) -> Contents:
    """Return the members of an archive; see ``pages.containers.contents.Container``."""
    entries = data.count(_ENTRY)
    if entries > _ENTRIES_PER_PART * budget.limits.parts:
        raise BudgetError(
            RejectReason.TOO_MANY_PARTS, f"{entries} members, the limit is {budget.limits.parts}"
        )
    contents = Contents(budget)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for number, member in enumerate(archive.infolist(), start=1):
                if not member.filename.endswith("/"):
                    _take(archive, member, f"part/{number}", contents)
    except _DAMAGED as error:
        raise UnreadableError(RejectReason.UNREADABLE, "the archive's directory can't be read") from error
    return contents


def _take(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, contents: Contents) -> None:
    name = member.filename
    if name.startswith(_LITTER) or name.rpartition("/")[2] in _LITTER_NAMES:
        contents.leave_out(name, "a file that the system keeps for itself", size=member.file_size)
    elif stat.S_ISLNK(member.external_attr >> 16):
        contents.leave_out(name, "a link, not a file", size=member.file_size)
    elif _climbs(name):
        contents.refuse(place, name, RejectReason.UNSAFE_NAME)
    elif member.flag_bits & 1:
        contents.refuse(place, name, RejectReason.PASSWORD_REQUIRED)
    elif member.file_size > _RATIO_FROM and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        ratio = member.file_size // max(member.compress_size, 1)
        contents.refuse(place, name, RejectReason.UNPACKED_SIZE, f"{ratio} times its packed size")
    elif member.file_size > contents.budget.limits.file_bytes:
        most = contents.budget.limits.file_bytes // 1_000_000
        contents.refuse(place, name, RejectReason.UNPACKED_SIZE, f"more than {most} MB")
    else:
        _unpack(archive, member, place, contents)


def _climbs(name: str) -> bool:
    """Whether a name leads out of the folder that someone might unpack it into."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or bool(_DRIVE.match(name))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, contents: Contents) -> None:
    name = member.filename
    try:
        data = _read(archive, member, contents.budget)
    except NotImplementedError:
        detail = "it is packed by a method that is not read"
        contents.refuse(place, name, RejectReason.UNSUPPORTED_FORMAT, detail)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError):
        contents.refuse(place, name, RejectReason.UNREADABLE, "its packed bytes are damaged")
    else:
        contents.add(place, name, data)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    """Return a member's bytes; what its header says of their number is not believed."""
    found = io.BytesIO()
    with archive.open(member) as packed:
        while chunk := packed.read(_CHUNK):
            found.write(chunk)
            if found.tell() > budget.unpacked:
                budget.take_bytes(found.tell())
    return found.getvalue()
