"""Writing digitised logs: one to sixteen at once, each whole or not there, a line of account for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.canonical import sha256_hex
from schemas.digitised import DigitisedCurve, DigitisedLog
from schemas.errors import InvariantError, PermanentError
from schemas.fields import Deliverable
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import (
    ContractError,
    CorruptArtifactError,
    check_artifact,
    get_artifact,
    put_artifact,
)
from store.curves import Mask, Row, curve_bytes, mask_bytes, read_curve
from store.protocol import ObjectStore, ref_of

LARGEST_BATCH = 16
_PARTS = 6
"""Of the key of an artifact."""


class BatchSizeError(InvariantError):
    """A batch holds no log, or more than sixteen; the caller cuts it."""


class NoSuchCurveError(PermanentError):
    """A decision names a file that is no curve of its document; bring one, and decide again."""


@dataclass(frozen=True, slots=True)
class LogFiles:
    """One request: what is to be kept of a digitised log.

    Attributes:
        request_id: By which the account calls it.
        key: The stage key that its files lie under.
        log: What is said of it; its references are filled in by the writer.
        mask: Of the page's own shape.
        curves: Depth and value per row, by curve; a curve whose scale is not known has none.
    """

    request_id: str
    key: str
    log: DigitisedLog
    mask: Mask
    curves: dict[str, tuple[Row, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A line of the account: what became of one request.

    Attributes:
        ref: The log, once it and every file of it stand; None where nothing was acknowledged.
        problem: Why not, in one sentence.
    """

    request_id: str
    ref: ObjectRef | None
    log: DigitisedLog | None = None
    problem: str | None = None


async def put_logs(store: ObjectStore, batch: Sequence[LogFiles]) -> tuple[Written, ...]:
    """Write each log of a batch, and return a line for each, in order.

    Every file is held to its contract and read back by its digest before the next one is begun, and what
    names the files is written last: whoever finds a log finds its files whole. One request that breaks a
    contract is refused by name and keeps no other from being written.

    Raises:
        BatchSizeError: None, or more than ``LARGEST_BATCH``.
        TransientError: The store does not answer; writing the batch again writes what is missing.
    """
    if not 1 <= len(batch) <= LARGEST_BATCH:
        raise BatchSizeError(f"a batch of {len(batch)} logs; it must hold from 1 to {LARGEST_BATCH}")
    return tuple([await _written(store, one) for one in batch])


async def _written(store: ObjectStore, files: LogFiles) -> Written:
    try:
        log, ref = await put_log(store, files)
    except (ContractError, CorruptArtifactError) as error:
        return Written(files.request_id, None, problem=str(error))
    return Written(files.request_id, ref, log)


async def put_log(store: ObjectStore, files: LogFiles) -> tuple[DigitisedLog, ObjectRef]:
    """Write one log with its files and return what stands.

    Raises:
        ContractError: A file, or the log, breaks its contract; nothing that names it was written.
        CorruptArtifactError: Something else stands under a key already, and it breaks the contract.
    """
    _require_shape(files)
    document_id = files.log.document_id
    mask = await put_artifact(
        store,
        ArtifactKind.MASK,
        keys.artifact(document_id, "mask", files.key, "mask.png"),
        mask_bytes(files.mask),
    )
    curves = [await _with_file(store, files, curve) for curve in files.log.curves]
    log = files.log.model_copy(update={"mask": mask, "curves": tuple(curves)})
    uri = keys.artifact(document_id, "digitised", files.key, "log.json")
    return log, await put_artifact(store, ArtifactKind.DIGITISED, uri, log)


async def put_mask(store: ObjectStore, key: str, log: DigitisedLog, mask: Mask) -> ObjectRef:
    """Write a mask that was painted anew, beside it the log whose other files stand; return its reference.

    Raises:
        ContractError: It breaks its contract, or is not of its page's shape.
    """
    _require_shape(LogFiles(log.document_id, key, log, mask))
    uri = keys.artifact(log.document_id, "mask", key, "mask.png")
    ref = await put_artifact(store, ArtifactKind.MASK, uri, mask_bytes(mask))
    beside = keys.artifact(log.document_id, "digitised", key, "log.json")
    await put_artifact(store, ArtifactKind.DIGITISED, beside, log.model_copy(update={"mask": ref}))
    return ref


async def put_curve(
    store: ObjectStore, document_id: str, key: str, name: str, rows: Sequence[Row]
) -> ObjectRef:
    """Write one curve and return its reference.

    Raises:
        ContractError: It breaks its contract; nothing was written.
    """
    uri = keys.artifact(document_id, "curve", key, f"{name}.csv")
    return await put_artifact(store, ArtifactKind.CURVE, uri, curve_bytes(rows))


async def bring_curve(store: ObjectStore, document_id: str, name: str, data: bytes) -> ObjectRef:
    """Keep a curve that a person corrected, under its own digest, and return its reference.

    Raises:
        CurveFileError: It is no file of depths and values.
        ContractError: It breaks the contract of curves; nothing was written.
    """
    rows = read_curve(data.replace(b"\r\n", b"\n"))
    return await put_curve(store, document_id, sha256_hex(curve_bytes(rows)), name, rows)


async def brought_curve(store: ObjectStore, document_id: str, name: str, key: str) -> Deliverable:
    """Return the curve of a document, called ``name``, that a person brought under this key.

    Raises:
        NoSuchCurveError: Nothing stands there, or what is no curve of the document.
    """
    own = key.startswith(f"documents/{document_id}/artifacts/curve/") and key.endswith(f"/{name}.csv")
    data = await store.fetch(key) if own else None
    problems = check_artifact(ArtifactKind.CURVE, key, data) if data is not None else ["nothing stands there"]
    if data is None or problems:
        raise NoSuchCurveError(
            f"a decision names the file {key!r}, which is no curve of the document ({problems[0]}); bring it "
            "with `doctrail curve`, and decide again",
            reason="decision_file",
        )
    return Deliverable(ref=ref_of(key, data, "text/csv"), rows=data.count(b"\n") - 1)


async def log_beside(store: ObjectStore, key: str) -> DigitisedLog | None:
    """Return what is said of the log that a file of the digitiser belongs to; None for other files.

    Args:
        store: Where it lies.
        key: Of one of its files, its mask for one.
    """
    parts = key.split("/")
    if len(parts) != _PARTS:
        return None
    beside = keys.artifact(parts[1], "digitised", parts[4], "log.json")
    data = await store.fetch(beside)
    if data is None:
        return None
    return await get_artifact(store, ref_of(beside, data), ArtifactKind.DIGITISED)


async def _with_file(store: ObjectStore, files: LogFiles, curve: DigitisedCurve) -> DigitisedCurve:
    rows = files.curves.get(curve.name)
    if rows is None:
        return curve.model_copy(update={"file": None})
    ref = await put_curve(store, files.log.document_id, files.key, curve.name, rows)
    return curve.model_copy(update={"file": ref})


def _require_shape(files: LogFiles) -> None:
    shape, page = (files.mask.width, files.mask.height), (files.log.width, files.log.height)
    if shape != page:
        raise ContractError(
            f"mask for {files.request_id!r} breaks its contract: it measures {shape[0]} by {shape[1]} "
            f"pixels, its page {page[0]} by {page[1]}"
        )
    strange = sorted(set(files.curves) - {curve.name for curve in files.log.curves})
    if strange:
        raise ContractError(f"log {files.request_id!r} has rows of {strange[0]!r}, which it does not name")


NO_FILE = ObjectRef(uri="documents/none", sha256="0" * 64, size=0, media_type="image/png")
"""Stands for a mask that was not written yet."""
