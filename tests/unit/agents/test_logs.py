"""A well log through the agents: known by its looks, digitised, its files kept, corrected by a person."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.judging import Judge
from agents.gatekeeper.logs import LogDetector
from agents.intake.agent import Intake
from agents.intake.sources import ConfiguredSources, FolderSource
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from doctypes.folder import ROOT, load_folder
from pages.reader import ReadDocument
from samples.logs.log import Log, make
from samples.logs.scanning import Wear
from samples.logs.words import page_of
from samples.sample import source
from schemas.canonical import canonical_json, sha256_hex
from schemas.certificates import Certificate, Certificates
from schemas.decided import DecidedField
from schemas.fields import Deliverable
from schemas.layout import Layout, PageQuality, Quality
from schemas.results import ArtifactKind, FieldDecision, Record
from store.artifacts import get_artifact
from store.bundles import publish_bundle, publish_model
from store.curves import curve_bytes, read_curve, read_mask
from store.ledger import PayOnce
from store.log_files import bring_curve, log_beside
from store.releases import Release, publish_release
from store.revisions import standing
from store.trail import AttemptRecord
from store.verify import verify_document
from tests.unit.agents.workshop import Workshop, decision

pytestmark = pytest.mark.anyio

CLEAN = Wear(fade=0.2, noise=4.0, blur=0.4, skew=0.7, specks=10, bilevel=False, jpeg=None)


@cache
def a_log() -> Log:
    return make(source("tests", "log"), "single", fate=CLEAN)


@dataclass
class Scanner:
    """Reads one log as a perfect OCR would, and draws it."""

    log: Log
    drawn: int = 0

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument:
        pages = (PageQuality(page=1, score=0.9, parts=()),)
        return ReadDocument("image/png", Layout(pages=(page_of(self.log),)), Quality(score=0.9, pages=pages))

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        self.drawn += 1
        return self.log.png()


@dataclass
class Blank(Scanner):
    """Reads the words of a log off a page that has no tracks."""

    png: bytes = b""

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        return self.png


@dataclass
class LogShop(Workshop):
    """The workshop with the well log's own type, and somebody who draws pages."""

    scanner: Scanner = field(default_factory=lambda: Scanner(a_log()))

    def restart(self) -> None:
        ledger, parts = PayOnce(), PinnedParts()
        self.handlers = (
            Intake(self._stage("intake"), self, ConfiguredSources(FolderSource(None, 10_000_000))),
            Gatekeeper(
                self._stage("gatekeeper"),
                self.scanner,
                Judge(self.model, ledger, parts, LogDetector(self.scanner)),
            ),
            ExtractionAgent(self._stage("extraction"), FieldReader(self.model, ledger, self.scanner), parts),
            Validation(self._stage("validation"), Assembler(parts)),
        )

    async def digest(self, now: datetime) -> str:
        folder = load_folder(ROOT / "well_log")
        names = ("doc_type", *(spec.name for spec in folder.doc_type.fields))
        certificates = Certificates(
            variant=sha256_hex(folder.parts["digitiser"]),
            certificates=tuple(self._certificate(name) for name in names),
        )
        parts = folder.parts | {"thresholds.json": canonical_json(certificates)}
        release = Release(
            bundles={"well_log": await publish_bundle(self.store, "well_log", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, canonical_json(certificates)),
        )
        return (await publish_release(self.store, release))[0]

    def _certificate(self, name: str) -> Certificate:
        uncertified = name in self.uncertified
        one = super()._certificate(name)
        return one.model_copy(update={"threshold": None if uncertified else 0.01})

    uncertified: tuple[str, ...] = ()


async def record_of(shop: LogShop, document_id: str) -> Record:
    revision = await standing(shop.store, document_id)
    assert revision is not None
    return await get_artifact(shop.store, revision.record, ArtifactKind.RECORD)


def files_of(record: Record) -> dict[str, Deliverable]:
    found = {
        entry.field.name: entry.field.readings[0].file for entry in record.fields if entry.field.readings
    }
    return {name: file for name, file in found.items() if file is not None}


def picture_of(shop: LogShop, file: Deliverable) -> np.ndarray[Any, np.dtype[np.uint8]]:
    mask = read_mask(shop.store.objects[file.ref.uri])
    return np.frombuffer(mask.classes, dtype=np.uint8).reshape(mask.height, mask.width)


async def steps_of(shop: LogShop, document_id: str, stage: str) -> Sequence[str]:
    found = []
    async for key in shop.store.list(f"documents/{document_id}/trail"):
        attempt = AttemptRecord.model_validate_json(shop.store.objects[key])
        if attempt.stage == stage:
            found += [step.name for step in attempt.steps if step.kind == "digitise"]
    return found


async def test_a_scan_becomes_a_record_whose_curves_and_mask_are_files() -> None:
    shop = LogShop()
    document_id = await shop.submit(a_log().data, name="log.png")

    record = await record_of(shop, document_id)
    values = {entry.field.name: entry.field.value for entry in record.fields}
    files = files_of(record)

    assert (record.doc_type, record.status) == ("well_log", "accepted"), record.reasons
    assert {name: values[name] for name in a_log().plan.fields} == a_log().plan.fields
    assert sorted(files) == ["curve_1", "curve_2", "mask"]
    for place, name in enumerate(("curve_1", "curve_2")):
        rows = np.array(read_curve(shop.store.objects[files[name].ref.uri]))
        quantity = a_log().plan.curves[place].quantity
        truth = quantity.left + a_log().across(place) * (quantity.right - quantity.left)
        width = abs(quantity.right - quantity.left)
        assert (rows[0, 0], rows[-1, 0]) == a_log().plan.depths
        assert np.abs(rows[:, 1] - truth).mean() <= 0.01 * width
    mask = read_mask(shop.store.objects[files["mask"].ref.uri])
    assert (mask.width, mask.height) == a_log().mask.size
    assert (await verify_document(shop.store, document_id)).problems == ()
    assert await steps_of(shop, document_id, "gatekeeper") == ["well log found"]
    assert await steps_of(shop, document_id, "extraction") == [
        "straightened", "depths", "curve_1", "curve_2", "files",
    ]  # fmt: skip
    # A redelivery to whoever comes after draws and writes nothing anew.
    drawn, kept = shop.scanner.drawn, dict(shop.store.objects)
    shop.restart()
    await shop.drive([sent for sent in shop.published if sent.topic == "documents.classified"])
    assert shop.scanner.drawn == drawn
    assert {key: shop.store.objects[key] for key in kept} == kept


async def test_a_page_without_tracks_is_said_to_be_no_well_log() -> None:
    blank = io.BytesIO()
    Image.new("RGB", a_log().mask.size, "white").save(blank, "PNG")
    shop = LogShop(scanner=Blank(a_log(), png=blank.getvalue()))
    document_id = await shop.submit(a_log().data, name="page.png")

    assert await steps_of(shop, document_id, "gatekeeper") == ["no well log found"]


async def test_a_curve_that_nothing_certifies_goes_to_a_person_and_his_own_is_the_next_revision() -> None:
    shop = LogShop(uncertified=("curve_2",))
    document_id = await shop.submit(a_log().data, name="log.png")
    draft = Record.model_validate(await shop.read(shop.events("reviews.requested")[-1]["record"]))
    doubtful = [entry.field.name for entry in draft.fields if entry.decision is FieldDecision.REVIEW]
    made, painted = files_of(draft)["curve_2"], files_of(draft)["mask"]
    quantity = a_log().plan.curves[1].quantity
    rows = read_curve(shop.store.objects[made.ref.uri])
    tenth = (quantity.right - quantity.left) / 10
    moved = [(depth, value + tenth * (100 <= row < 150)) for row, (depth, value) in enumerate(rows)]

    ref = await bring_curve(shop.store, document_id, "curve_2", curve_bytes(moved))
    await shop.decide(decision(shop, document_id, fields=(DecidedField(name="curve_2", value=ref.uri),)))

    record = await record_of(shop, document_id)
    assert doubtful == ["curve_2"]
    assert record.status == "accepted"
    assert files_of(record)["curve_2"].ref == ref
    assert (await verify_document(shop.store, document_id)).problems == ()
    # The mask follows the curve, there alone where it was moved.
    before, after = (picture_of(shop, one) for one in (painted, files_of(record)["mask"]))
    plan = a_log().plan
    third = (plan.y1 - plan.y0) // 3
    assert (before != after).any(axis=1)[plan.y0 + third + 20 : plan.y0 + third + 150].mean() > 0.8
    assert np.array_equal(before[: plan.y0 + third - 30], after[: plan.y0 + third - 30])
    assert np.array_equal(before[plan.y1 - third :], after[plan.y1 - third :])
    beside = await log_beside(shop.store, files_of(record)["mask"].ref.uri)
    assert beside is not None
    assert beside.curves[1].file == ref


async def test_a_curve_computed_with_another_scale_than_a_person_states_is_not_accepted() -> None:
    shop = LogShop(uncertified=("curve_1_right",))
    document_id = await shop.submit(a_log().data, name="log.png")

    await shop.decide(decision(shop, document_id, fields=(DecidedField(name="curve_1_right", value="999"),)))

    requested = await shop.read(shop.events("reviews.requested")[-1]["record"])
    assert any("first_file_is_to_scale is broken" in reason for reason in requested["reasons"])


def test_the_shipped_folder_holds_what_reads_it() -> None:
    assert Path(ROOT / "well_log" / "digitiser").is_file()
