"""A well log through the agents: known by its looks, digitised, its files kept, corrected by a person."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agents.gatekeeper.logs import VERSION
from doctypes.folder import ROOT
from inference.digitiser.detecting import DETECTOR_VERSION
from schemas.canonical import sha256_hex
from schemas.certificates import Certificates
from schemas.decided import DecidedField
from schemas.fields import Deliverable
from schemas.results import FieldDecision, Record
from store.curves import curve_bytes, read_curve, read_mask
from store.log_files import bring_curve, log_beside
from store.trail import AttemptRecord
from store.verify import verify_document
from tests.unit.agents.well_logs import LogShop, Scanner, a_log, files_of, record_of
from tests.unit.agents.workshop import decision

pytestmark = pytest.mark.anyio


@dataclass
class Blank(Scanner):
    """Reads the words of a log off a page that has no tracks."""

    png: bytes = b""

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        return self.png


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


def test_the_shipped_certificates_are_of_the_shipped_digitiser_and_the_card_says_the_same() -> None:
    folder = ROOT / "well_log"
    certificates = Certificates.model_validate_json((folder / "thresholds.json").read_bytes())
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")

    assert certificates.variant == sha256_hex((folder / "digitiser").read_bytes())
    for one in certificates.certificates:
        threshold = "none" if one.threshold is None else f"{one.threshold:.2f}"
        assert (
            f"| {one.field} | {one.target_error:.0%} | {threshold} | {one.errors} of {one.decisions} |"
            in card
        )


def test_looking_otherwise_for_logs_raises_the_version_that_results_are_kept_under() -> None:
    assert VERSION == DETECTOR_VERSION
