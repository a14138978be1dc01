"""Learning from what people said of large models' readings, from the runs they looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agents.bundles import PinnedParts
from inference.endpoints.prices import Price
from inference.router.learning import Judged, learned
from inference.router.table import RoutedModel, RouterTable
from ops.router import expected_lines, history_file, judged_readings
from schemas.histories import ModelHistory
from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.pools import Pool, pool_of, pool_secret
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

LARGE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
TABLE = RouterTable(
    models=(RoutedModel(model=LARGE, price=Price(input=Decimal(3), output=Decimal(15))),),
    critical_target=0.05,
)


async def family_in(workshop: Workshop, pool: Pool) -> str:
    secret = await pool_secret(workshop.store)
    return next(name for name in map(str, range(100)) if pool_of(secret, name) is pool)


async def said(workshop: Workshop, family: str, lane: str, **states: ReviewedState) -> ReviewedRecord:
    """Return what a person said of the newest document, field by field."""
    extracted = workshop.events("documents.extracted")[-1]
    result = await workshop.read(extracted["result"])
    fields = []
    for field in result["fields"]:
        state = states.get(field["name"], ReviewedState.NOT_REVIEWED)
        values = tuple(one["value"] or one["raw"] for one in field["readings"])
        if state is ReviewedState.CORRECTED:
            values = ("something else",)
        told = state in (ReviewedState.CONFIRMED, ReviewedState.CORRECTED)
        fields.append(
            ReviewedField(
                name=field["name"],
                state=state,
                values=values if told else (),
                raws=values if told else (),
                inclusion=None if state is ReviewedState.NOT_REVIEWED else 0.5,
            )
        )
    return ReviewedRecord(
        document_id=result["document_id"],
        run_id=extracted["run_id"],
        decision_id=f"d-{lane}",
        doc_type="slip",
        schema_digest="0" * 64,
        family=family,
        layout=ObjectRef.model_validate(extracted["result"]),
        lane=lane,
        reviewer="ann",
        reviewed_at=datetime(2026, 11, 21, tzinfo=UTC),
        fields=tuple(fields),
    )


async def judged(workshop: Workshop, *records: ReviewedRecord) -> list[Judged]:
    release = (await workshop.newest_release()).bundles["slip"]
    doc_type = await PinnedParts().schema(workshop.store, release)
    return await judged_readings(workshop.store, records, doc_type)


async def test_what_people_left_is_right_and_what_they_corrected_is_wrong() -> None:
    workshop = Workshop(named=LARGE, asking={"second": "none"})
    await workshop.submit(SURE)
    record = await said(
        workshop,
        await family_in(workshop, Pool.TRAINING),
        "routed",
        shop=ReviewedState.CONFIRMED,
        total=ReviewedState.CORRECTED,
        note=ReviewedState.ABSENT,
    )

    found = {one.field: (one.right, one.signs.model, one.inclusion) for one in await judged(workshop, record)}

    assert found == {"shop": (True, LARGE, 0.5), "total": (False, LARGE, 0.5), "note": (True, LARGE, 0.5)}


async def test_what_the_trained_variant_read_teaches_nothing_about_large_models() -> None:
    workshop = Workshop()
    await workshop.submit(SURE)
    record = await said(
        workshop, await family_in(workshop, Pool.TRAINING), "routed", shop=ReviewedState.CONFIRMED
    )

    assert await judged(workshop, record) == []


async def test_the_eval_pool_certifies_by_audits_alone() -> None:
    workshop = Workshop(named=LARGE, asking={"second": "none"})
    await workshop.submit(SURE)
    family = await family_in(workshop, Pool.EVALS)
    audit, routed = [
        await said(workshop, family, lane, shop=ReviewedState.CONFIRMED) for lane in ("audit", "routed")
    ]

    assert [one.audited for one in await judged(workshop, audit, routed)] == [True]


async def test_agreement_behind_a_first_reading_that_stands_is_learned_from() -> None:
    workshop = Workshop(router=TABLE)
    await workshop.submit(DOUBTFUL)
    record = await said(
        workshop, await family_in(workshop, Pool.TRAINING), "routed", total=ReviewedState.CONFIRMED
    )

    (found,) = await judged(workshop, record)
    assert (found.signs.model, found.signs.agreement.value, found.right) == (LARGE, "agrees", True)


async def test_what_is_learned_is_shown_as_expected_and_survives_its_file() -> None:
    workshop = Workshop(named=LARGE, asking={"second": "none"})
    await workshop.submit(SURE)
    family = await family_in(workshop, Pool.TRAINING)
    record = await said(workshop, family, "routed", shop=ReviewedState.CORRECTED)
    doc_type = await PinnedParts().schema(workshop.store, (await workshop.newest_release()).bundles["slip"])
    history = learned(doc_type, await judged(workshop, record))

    assert history is not None
    assert ModelHistory.model_validate_json(history_file(history)) == history
    lines = {line.field: line for line in expected_lines(TABLE, doc_type, history)}
    assert (lines["shop"].reviewed, lines["total"].reviewed) == (1, 0)
    assert lines["shop"].error > lines["total"].error > 0.05
