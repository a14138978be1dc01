"""Logs: the page as a picture goes to the digitiser, its files to the store, what it says to the record."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from agents.extraction.about import About, Said
from agents.extraction.fields import field_values
from agents.rendering import Renderer
from agents.stage import Work
from inference.digitiser.answer import curve_rows, gaps_of, recorded, rounded
from inference.digitiser.digitise import Digitised, Traced, digitise
from inference.digitiser.file import FEATURES_VERSION, LoadedDigitiser
from inference.protocol import LOCAL
from schemas.digitised import CURVES, ROWS, DigitisedCurve, DigitisedLog
from schemas.errors import InvariantError, PermanentError
from schemas.fields import Deliverable, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Page
from store.children import holding
from store.curves import Mask
from store.log_files import NO_FILE, LogFiles, put_logs
from store.stages import stage_key

DPI = 200
"""At which pages without pixels of their own are drawn; a picture is never drawn larger than it is."""
MASK = "mask"


@dataclass(frozen=True, slots=True)
class LogReader:
    """Digitises well logs.

    Attributes:
        renderer: Draws the page.
    """

    renderer: Renderer

    async def read(self, work: Work, about: About, digitiser: LoadedDigitiser) -> Said:
        """Return the fields of a log, its files among them, each written and held to its contract before.

        Raises:
            PermanentError: The page can't be drawn.
        """
        page = about.layout.pages[0]
        page = page.model_copy(
            update={"lines": tuple(x.model_copy(update={"words": about.words_of(x)}) for x in page.lines)}
        )
        png = await self._picture(work, page)
        started = time.perf_counter()
        found = await asyncio.to_thread(digitise, png, page, digitiser.digitiser)
        _note(work, found, time.perf_counter() - started)
        log = await _kept(work, found, page, digitiser.sha256)
        answer = recorded(found, page)
        plain = field_values(
            answer, about.doc_type, about.layout, day_first=about.day_first, words_of=about.words_of
        )
        files = _file_fields(found, log)
        fields = tuple(files.get(one.name, one) for one in plain)
        return Said(fields, f"{LOCAL}{digitiser.sha256}", ())

    async def _picture(self, work: Work, page: Page) -> bytes:
        place = await holding(work.store, work.document_id)
        if place.original is None:
            raise PermanentError("the document has no bytes of its own", reason="no_bytes")
        original = await work.store.read(place.original)
        return await self.renderer.render(original, place.first_page - 1 + page.number, DPI, page.rotation)


async def _kept(work: Work, found: Digitised, page: Page, model: str) -> DigitisedLog:
    """Write the files of a log, and what names them last; every file stands when this returns."""
    upright = found.upright
    height, width = found.mask.shape
    tracks = upright.tracks
    depths = upright.depths
    log = DigitisedLog(
        document_id=work.document_id,
        page=page.number,
        width=width,
        height=height,
        skew=round(upright.turn.degrees, 4),
        rows=(tracks[0].y0, tracks[0].y1) if tracks else (0, 0),
        depths=(_plain(depths.top), _plain(depths.bottom)) if depths else None,
        mask=NO_FILE,
        curves=tuple(_curve(name, curve) for name, curve in zip(CURVES, found.curves, strict=False)),
        model=model,
    )
    rows = {name: curve_rows(depths, curve) for name, curve in zip(CURVES, found.curves, strict=False)}
    key = stage_key("digitised", FEATURES_VERSION, page.number, model, work.document_id)
    files = LogFiles(
        request_id=work.run_id,
        key=key,
        log=log,
        mask=Mask(width, height, found.mask.tobytes()),
        curves={name: one for name, one in rows.items() if one is not None},
    )
    (line,) = await put_logs(work.store, [files])
    if line.ref is None or line.log is None:
        raise InvariantError(f"the files of a digitised log were not written: {line.problem}")
    work.trail.outputs["digitised"] = line.ref
    kept = [line.log.mask, *(curve.file for curve in line.log.curves if curve.file)]
    files_kept = {ref.uri.rpartition("/")[2]: ref.model_dump(mode="json") for ref in kept}
    work.trail.step("digitise", "files", request=line.request_id, written=files_kept)
    return line.log


def _curve(name: str, curve: Traced) -> DigitisedCurve:
    return DigitisedCurve(
        name=name,
        file=None,
        across=rounded(curve.across),
        gaps=gaps_of(curve),
        coverage=round(float(curve.covered.mean()), 4),
        confidence=round(curve.confidence, 4),
        signs={sign: round(value, 4) for sign, value in curve.signs.items()},
        track=(curve.track.x0, curve.track.x1),
    )


def _file_fields(found: Digitised, log: DigitisedLog) -> dict[str, FieldValue]:
    """Return the fields whose values are files."""
    fields = {name: _missing(name, "no ruled track was found on the page") for name in CURVES}
    for curve, traced in zip(log.curves, found.curves, strict=True):
        if curve.file is None:
            fields[curve.name] = _missing(curve.name, "its scale or the depths of the log could not be read")
            continue
        entry = traced.entry
        left, right = (entry.left, entry.right) if entry else (None, None)
        made_with = dict(zip(("depth_top", "depth_bottom"), log.depths or (), strict=False))
        made_with |= {"left": left.value, "right": right.value} if left and right else {}
        made_with["coverage"] = f"{curve.coverage:.4f}"
        made = Deliverable(ref=curve.file, rows=ROWS, made_with=made_with)
        fields[curve.name] = _file(curve.name, made, curve.confidence)
    sure = min((curve.confidence for curve in log.curves), default=0.0)
    return fields | {MASK: _file(MASK, Deliverable(ref=log.mask), sure)}


def _file(name: str, made: Deliverable, confidence: float) -> FieldValue:
    reading = Reading(
        raw=made.ref.uri,
        value=made.ref.uri,
        confidence=confidence,
        evidence_class=EvidenceClass.COMPUTED,
        file=made,
    )
    return FieldValue(name=name, state=FieldState.VALUE, readings=(reading,), confidence=confidence)


def _missing(name: str, why: str) -> FieldValue:
    return FieldValue(name=name, state=FieldState.MISSING, note=why)


def _note(work: Work, found: Digitised, seconds: float) -> None:
    """Tell the trail what the digitiser saw, step by step."""
    upright = found.upright
    tracks = [[track.x0, track.x1, track.y0, track.y1] for track in upright.tracks]
    turned = round(upright.turn.degrees, 3)
    work.trail.step("digitise", "straightened", seconds=seconds, degrees=turned, tracks=tracks)
    depths = upright.depths
    on_line = list(depths.scale.labels) if depths and depths.scale else []
    sure = round(depths.confidence, 4) if depths else 0.0
    work.trail.step("digitise", "depths", labels_on_line_of=on_line, confidence=sure)
    for name, curve in zip(CURVES, found.curves, strict=False):
        stroke = curve.entry.stroke if curve.entry else None
        work.trail.step(
            "digitise",
            name,
            confidence=round(curve.confidence, 4),
            coverage=round(float(curve.covered.mean()), 4),
            gaps=len(gaps_of(curve)),
            style="unknown" if stroke is None else "dashed" if stroke.dashed else "solid",
            signs={sign: round(value, 3) for sign, value in curve.signs.items()},
        )


def _plain(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
