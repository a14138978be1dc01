"""The files that were made of a document, written to where a person wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas.digitised import CURVES
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from schemas.results import Record
from store.artifacts import ContractError
from store.curves import CurveFileError
from store.files import write_whole
from store.log_files import bring_curve
from store.protocol import ObjectStore


class NoFilesError(PermanentError):
    """The record has no files: its type delivers fields alone, or none could be made of the document."""


class NoCurveError(PermanentError):
    """What was brought is no curve; correct what the sentence names and bring it again."""


def files_of(record: Record) -> Iterator[ObjectRef]:
    """Yield the files of a record: what was made of the document, or what a person corrected."""
    for entry in record.fields:
        for reading in entry.field.readings:
            if reading.file is not None:
                yield reading.file.ref


async def write_files(store: ObjectStore, record: Record | None, folder: Path) -> list[Path]:
    """Write the files of a record under their own names, each whole; one that stands there is replaced.

    Raises:
        NoFilesError: It has none.
        DigestMismatchError: What the store holds is not what the record refers to.
        PermanentError: The folder can't be written.
    """
    refs = list(files_of(record)) if record is not None else []
    if not refs:
        raise NoFilesError("the record has no files", reason="no_files")
    return await write_out(store, refs, folder)


async def write_out(store: ObjectStore, refs: Iterable[ObjectRef], folder: Path) -> list[Path]:
    """Write files under their own names; see ``write_files``."""
    written = []
    for ref in refs:
        path = folder / ref.uri.rpartition("/")[2]
        await asyncio.to_thread(write_whole, path, await store.read(ref))
        written.append(path)
    return written


async def bring(store: ObjectStore, document_id: str, field: str, file: Path) -> str:
    """Keep a curve that a person corrected and return its key.

    Raises:
        NoCurveError: The file is no curve, or the field none.
    """
    if field not in CURVES:
        raise NoCurveError(f"{field!r} is no curve; there is {', '.join(CURVES)}", reason="no_curve")
    try:
        ref = await bring_curve(store, document_id, field, await asyncio.to_thread(file.read_bytes))
    except (CurveFileError, ContractError) as error:
        raise NoCurveError(f"{str(file)!r} is no curve: {error}", reason="no_curve") from error
    except OSError as error:
        raise NoCurveError(f"{str(file)!r} can't be read: {error.strerror}", reason="no_curve") from error
    return ref.uri
