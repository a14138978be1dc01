"""A digitised well log to be reviewed: a scan, its words, a curve that is true and one not quite."""

from __future__ import annotations

from functools import cache

import numpy as np

from doctypes.folder import ROOT, load_folder
from review.queue.lanes import Lane
from review.queue.tasks import Task
from samples.logs.log import Log, make
from samples.logs.scanning import Wear
from samples.logs.words import page_of
from samples.sample import source
from schemas.canonical import canonical_json, sha256_hex
from schemas.certificates import Certificates
from schemas.classification import Classification
from schemas.digitised import CURVES, ROWS, DigitisedCurve, DigitisedLog
from schemas.documents import Route
from schemas.fields import Deliverable, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import Coverage, FieldDecision, Record, RecordField
from store import keys
from store.bundles import publish_bundle, publish_model
from store.curves import Mask
from store.log_files import NO_FILE, LogFiles, put_log
from store.releases import Release, open_run, publish_release
from tests.browser.counter import Counter

CLEAN = Wear(fade=0.1, noise=2.0, blur=0.3, skew=0.7, specks=4, bilevel=False, jpeg=None)
WRONG = (100, 130)
"""Rows of the second curve that run astray; another stretch of it, further down, has no ink."""
GAP = (210, 220)
ASTRAY = 0.18


@cache
def scanned() -> Log:
    """Return the log."""
    return make(source("tests", "log"), "single", fate=CLEAN)


async def add_log(counter: Counter, *asked: str, name: str = "log.png") -> Task:
    """Put the log into the queue, with these fields in doubt."""
    log, bundle = scanned(), load_folder(ROOT / "well_log")
    document_id = sha256_hex(log.data)
    counter.pictures[log.data] = log.png()
    await counter.store.create(keys.original(document_id), log.data)
    release = Release(
        bundles={"well_log": await publish_bundle(counter.store, "well_log", bundle.parts)},
        classifier=await publish_model(counter.store, b""),
        classifier_thresholds=await publish_model(
            counter.store, canonical_json(Certificates(variant="v", certificates=()))
        ),
    )
    digest, release = await publish_release(counter.store, release)
    run = await open_run(
        counter.store,
        document_id=document_id,
        cause="first",
        release_digest=digest,
        release=release,
        opened_by="test",
    )
    await counter.name(document_id, name, digest)
    found = await _found(counter, document_id)
    fields = await _fields(counter, document_id, asked)
    record = Record(
        record_id=document_id,
        doc_type="well_log",
        status=None,
        classification=found,
        extraction=found,
        fields=fields,
        coverage=Coverage(declared=len(fields), with_value=len(fields), absent=0),
    )
    ref = await counter.keep(f"documents/{document_id}/draft", record)
    counter.count += 1
    task = await counter.ask(Lane.ROUTED, "well_log", run.run_id, ref, asked)
    await counter.queue.enrol([task])
    return task


async def _found(counter: Counter, document_id: str) -> ObjectRef:
    layout = await counter.keep(f"documents/{document_id}/layout", Layout(pages=(page_of(scanned()),)))
    found = Classification(
        document_id=document_id,
        media_type="image/png",
        page_count=1,
        doc_type="well_log",
        confidence=0.97,
        layout=layout,
        route=Route.EXTRACT,
        family=document_id,
    )
    return await counter.keep(f"documents/{document_id}/classification", found)


async def _fields(counter: Counter, document_id: str, asked: tuple[str, ...]) -> tuple[RecordField, ...]:
    values, files = scanned().plan.fields, await _files(counter, document_id)
    declared = load_folder(ROOT / "well_log").doc_type.fields
    return tuple(
        _field(spec.name, values.get(spec.name), files.get(spec.name), asked=spec.name in asked)
        for spec in declared
    )


def _field(name: str, value: str | None, file: Deliverable | None, *, asked: bool) -> RecordField:
    said = file.ref.uri if file else value
    reading = Reading(raw=said or "", value=said, evidence_class=EvidenceClass.COMPUTED, file=file)
    state = FieldState.ABSENT if said is None else FieldState.VALUE
    return RecordField(
        field=FieldValue(name=name, state=state, readings=() if said is None else (reading,)),
        decision=FieldDecision.REVIEW if asked else FieldDecision.ACCEPTED,
        arithmetic="made to measure",
        reasons=("the digitiser is not sure of it",) if asked else (),
    )


async def _files(counter: Counter, document_id: str) -> dict[str, Deliverable]:
    log = scanned()
    plan, (width, height) = log.plan, log.mask.size
    (track,) = plan.tracks
    lines = {name: log.across(place).copy() for place, name in enumerate(CURVES)}
    lines["curve_2"][slice(*WRONG)] += ASTRAY
    curves = tuple(
        DigitisedCurve(
            name=name,
            file=None,
            across=tuple(round(float(x), 5) for x in across),
            gaps=(GAP,) if name == "curve_2" else (),
            coverage=0.95,
            confidence=0.6,
            track=(track.x0, track.x1),
        )
        for name, across in lines.items()
    )
    told = DigitisedLog(
        document_id=document_id,
        page=1,
        width=width,
        height=height,
        skew=CLEAN.skew,
        rows=(plan.y0, plan.y1),
        depths=(str(plan.depths[0]), str(plan.depths[1])),
        mask=NO_FILE,
        curves=curves,
        model=sha256_hex(b"digitiser"),
    )
    quantities = {name: plan.curves[place].quantity for place, name in enumerate(CURVES)}
    rows = {
        name: tuple(
            (
                float(depth),
                float(quantities[name].left + x * (quantities[name].right - quantities[name].left)),
            )
            for depth, x in zip(np.linspace(*plan.depths, ROWS), across, strict=True)
        )
        for name, across in lines.items()
    }
    files = LogFiles("request", sha256_hex(b"stage"), told, Mask(width, height, log.mask.tobytes()), rows)
    kept, _ = await put_log(counter.store, files)
    made = {curve.name: curve.file for curve in kept.curves if curve.file is not None}
    stated = {part: plan.fields[part] for part in ("depth_top", "depth_bottom")}
    return {
        **{
            name: Deliverable(
                ref=ref,
                rows=ROWS,
                made_with=stated
                | {side: plan.fields[f"{name}_{side}"] for side in ("left", "right")}
                | {"coverage": "0.95"},
            )
            for name, ref in made.items()
        },
        "mask": Deliverable(ref=kept.mask),
    }
