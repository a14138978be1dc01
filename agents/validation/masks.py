"""The mask of a well log follows its curves: where a person moved one, it is painted anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from agents.stage import Work
from schemas.digitised import DigitisedCurve, DigitisedLog, scale_fields
from schemas.fields import Deliverable, FieldValue
from store.curves import Mask, read_curve, read_mask
from store.log_files import log_beside, put_mask
from store.stages import stage_key

MASKS_VERSION = 1
"""Raised when the same record of a log would get another mask."""
MASK = "mask"
Fields = dict[str, FieldValue]
Scale = tuple[tuple[float, float], tuple[float, float]]


async def with_mask(work: Work, fields: Fields, model: Mapping[str, FieldValue]) -> Fields:
    """Return the fields with the mask as the curves of the record run.

    What is not the digitiser's own mask stays, and so does one whose curves are its own, or whose scale is
    not known.
    """
    made, now = _file(model.get(MASK)), _file(fields.get(MASK))
    if made is None or now is None or made.ref != now.ref:
        return fields
    log = await log_beside(work.store, made.ref.uri)
    if log is None:
        return fields
    files = {one.name: file for one in log.curves if (file := _file(fields.get(one.name))) is not None}
    drawn = {
        one.name: (files[one.name], scale)
        for one in log.curves
        if one.name in files
        and not _is_own(one, files[one.name])
        and (scale := _scale(fields, one.name)) is not None
    }
    file = await _repainted(work, log, drawn) if drawn else None
    return fields if file is None else fields | {MASK: _with_file(fields[MASK], file)}


async def _repainted(
    work: Work, log: DigitisedLog, drawn: Mapping[str, tuple[Deliverable, Scale]]
) -> Deliverable | None:
    """Write the mask as these curves run; None where none of them moved."""
    # Heavy, and wanted by those alone who validate logs that people corrected.
    import numpy as np

    from inference.digitiser.answer import rounded
    from inference.digitiser.repainting import placed, repainted

    mask = read_mask(await work.store.read(log.mask))
    classes = np.frombuffer(mask.classes, dtype=np.uint8).reshape(mask.height, mask.width)
    across = {
        name: placed(read_curve(await work.store.read(file.ref)), *scale)
        for name, (file, scale) in drawn.items()
    }
    found = await asyncio.to_thread(repainted, classes, log, across)
    if np.array_equal(found, classes):
        return None
    curves = tuple(
        one.model_copy(
            update={"file": drawn[one.name][0].ref, "across": rounded(across[one.name]), "gaps": ()}
        )
        if one.name in drawn
        else one
        for one in log.curves
    )
    inputs = [[name, file.ref.sha256, *scale] for name, (file, scale) in sorted(drawn.items())]
    key = stage_key("repainted", MASKS_VERSION, log.mask.sha256, inputs)
    log = log.model_copy(update={"curves": curves})
    written = await put_mask(work.store, key, log, Mask(mask.width, mask.height, found.tobytes()))
    work.trail.step("digitise", "mask painted anew", curves=sorted(drawn), written=written.uri)
    return Deliverable(ref=written)


def _is_own(curve: DigitisedCurve, file: Deliverable) -> bool:
    return curve.file is not None and curve.file.sha256 == file.ref.sha256


def _scale(fields: Fields, name: str) -> Scale | None:
    """Return depths and edge values of a curve as the record states them; None where they are no scale."""
    wanted = scale_fields(name)
    values = {part: fields[field].value for part, field in wanted.items() if field in fields}
    numbers = {part: float(value) for part, value in values.items() if value is not None}
    if numbers.keys() < wanted.keys():
        return None
    depths, edges = (numbers["depth_top"], numbers["depth_bottom"]), (numbers["left"], numbers["right"])
    return (depths, edges) if depths[0] < depths[1] and edges[0] != edges[1] else None


def _file(field: FieldValue | None) -> Deliverable | None:
    return field.readings[0].file if field is not None and field.readings else None


def _with_file(field: FieldValue, file: Deliverable) -> FieldValue:
    first, *rest = field.readings
    shown = first.model_copy(update={"raw": file.ref.uri, "value": file.ref.uri, "file": file})
    return field.model_copy(update={"readings": (shown, *rest)})
