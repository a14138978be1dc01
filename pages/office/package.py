"""The package of Office documents: a ZIP of XML parts, measured before anything in it is unpacked."""

from __future__ import annotations

import io
import posixpath
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple
from urllib.parse import unquote

from pages.office import xml_parts
from pages.parts import UnreadableError
from schemas.classification import RejectReason

MOST_PARTS = 20_000
MOST_XML = 200_000_000
# Real documents unpack to some ten, seldom to a hundred times their size.
MOST_RATIO, RATIO_FROM = 400, 10_000_000
_XML = (".xml", ".rels", ".vml")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


class Relation(NamedTuple):
    """Where a part points: the last word of the relation's type, the part's name, or None for outside."""

    kind: str
    part: str | None


class Package:
    """The parts of a package by name; nothing outside of it is ever fetched."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts = {_name(info.filename): info for info in archive.infolist()}
        _check(list(self._parts.values()))

    def names(self) -> list[str]:
        """Return the names of all parts, sorted."""
        return sorted(self._parts)

    def has(self, name: str) -> bool:
        """Whether there is a part ``name``."""
        return _name(name) in self._parts

    def parse(self, name: str, target: xml_parts.Target) -> None:
        """Tell ``target`` what part ``name`` holds; raises UnreadableError if it can't be read."""
        with self._opened(name) as stream:
            xml_parts.parse(stream, target)

    def tree(self, name: str) -> ET.Element:
        """Return part ``name`` as a tree; raises UnreadableError if it can't be read."""
        with self._opened(name) as stream:
            return xml_parts.tree(stream)

    def relations(self, name: str) -> dict[str, Relation]:
        """Return where part ``name`` points, by relation id; "" is the package itself."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.has(rels):
            return {}
        found = {}
        for element in self.tree(rels).iter("rel:Relationship"):
            kind = element.get("Type", "").rpartition("/")[2]
            outside = element.get("TargetMode") == "External"
            target = unquote(element.get("Target", ""))
            part = None if outside else posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[element.get("Id", "")] = Relation(kind, part)
        return found

    def main_part(self) -> str:
        """Return the name of the document itself; raises UnreadableError if there is none."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and relation.part is not None and self.has(relation.part):
                return relation.part
        raise UnreadableError(RejectReason.UNREADABLE, "the package names no document")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        info = self._parts.get(_name(name))
        if info is None:
            raise UnreadableError(RejectReason.UNREADABLE, "a part of the package is missing")
        try:
            # A stream ends at the size its entry declares, which was measured.
            with self._archive.open(info) as stream:
                yield stream
        except _BROKEN as error:
            raise UnreadableError(RejectReason.UNREADABLE, "the package is damaged") from error


@contextmanager
def opened(data: bytes) -> Iterator[Package]:
    """Give the package that ``data`` holds.

    Raises:
        UnreadableError: It is none, is encrypted, or unpacks to more than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise UnreadableError(RejectReason.UNREADABLE, "the package is damaged") from error
    with archive:
        yield Package(archive)


def _check(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableError(RejectReason.PASSWORD_REQUIRED)
    if len(parts) > MOST_PARTS:
        raise UnreadableError(RejectReason.UNPACKED_SIZE, f"{len(parts)} parts, {MOST_PARTS} are allowed")
    written = [part for part in parts if part.filename.lower().endswith(_XML)]
    total = sum(part.file_size for part in written)
    if total > MOST_XML:
        detail = f"{total // 1_000_000} MB of text, {MOST_XML // 1_000_000} MB are allowed"
        raise UnreadableError(RejectReason.UNPACKED_SIZE, detail)
    for part in written:
        if part.file_size > max(RATIO_FROM, MOST_RATIO * part.compress_size):
            times = part.file_size // max(1, part.compress_size)
            raise UnreadableError(
                RejectReason.UNPACKED_SIZE, f"a part of it unpacks to {times} times its size"
            )


def _name(name: str) -> str:
    # Names of parts are equal whatever their case.
    return name.replace("\\", "/").lstrip("/").lower()
