"""The audit of an installation with a past: planted faults, a healthy week, a cold start, the backlog.

``python -m tests.planted`` is the whole of it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from ops.audit.backlog import keep, last, log
from ops.audit.checkup import checkup
from ops.audit.finding import Family
from ops.audit.hand_offs import Monitoring
from ops.audit.report import Audit, audit, judge
from ops.audit.seen import look
from ops.audit.walk import walks
from ops.audit.words import audit_lines, checkup_lines, log_lines, walk_lines
from ops.incidents.keeping import close, incidents, open_incident
from ops.incidents.words import slo_lines
from ops.operations import Operations
from ops.slo import Objective, objectives
from schemas.certificates import Certificate
from schemas.decided import DecidedField, Decision
from tests.planted.bills import NAMES, costs
from tests.planted.faults import FAULTS
from tests.planted.month import play
from tests.planted.past import Past, healthy_past
from tests.planted.running import plant, present

PAST_DAYS, PER_DAY = 16, 8


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """A healthy past, just long enough to compare with."""
    return asyncio.run(healthy_past(tmp_path_factory.mktemp("past"), PAST_DAYS, PER_DAY))


def planted(past: Past, folder: Path, *names: str) -> Audit:
    """Return the audit after these faults; every one of them must have been found."""
    faults = [fault for fault in FAULTS if fault.name in names]
    done = asyncio.run(plant(past, folder, faults, seed=1))

    assert done.found == tuple(fault.name for fault in faults)
    assert done.right, done.audit.first
    return done.audit


def test_a_lost_field_is_what_to_mend_first_with_since_when_and_how_many(past: Past, tmp_path: Path) -> None:
    found = planted(past, tmp_path, "one field silently lost")

    first = found.first
    assert first is not None
    assert (first.scope, first.subject) == ("bill", "bill_date")
    assert first.since is not None
    assert (found.at.date() - first.since).days == 2
    assert first.records > 10
    text = "\n".join(audit_lines(found))
    assert text.index("MEND FIRST") < text.index("1 data") < text.index("4 hand-offs")
    assert "→ doctrail trace" in text


def test_two_faults_at_once_are_both_named_the_costlier_first(past: Past, tmp_path: Path) -> None:
    found = planted(past, tmp_path, "unit changed to cents", "alert goes nowhere")

    first, *others = found.findings
    assert first.key == "field.magnitude/bill/total"
    assert first.fix.startswith("the source states total in another unit or scale")
    (unheard,) = [one for one in others if one.check == "alerts.undelivered"]
    assert unheard.sentence == "3 alerts did not reach channel pager"
    assert first.damage > unheard.damage
    text = "\n".join(audit_lines(found))
    assert text.index(first.sentence) < text.index(unheard.sentence)


def test_an_endpoint_that_was_down_is_told_with_when_and_for_how_long(past: Past, tmp_path: Path) -> None:
    found = planted(past, tmp_path, "the model's endpoint is down every morning")

    first = found.first
    assert first is not None
    assert (first.scope, first.family) == ("model:endpoint", Family.INFRASTRUCTURE)
    assert (found.at.date() - first.since).days == 2 if first.since else False
    assert "did not answer 3 times in the last week, 2 h 00 min in all (longest 40 min from" in first.sentence
    assert "the endpoint answered 503" in first.evidence[-1]
    assert any("model:endpoint did not answer" in line for line in audit_lines(found))


def test_a_sound_week_is_silent_is_walked_back_and_the_backlog_tells_what_went(
    past: Past, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with past.again(tmp_path, seed=2) as (world, catalog):
            now = present(world)
            found = await audit(world.store, catalog, costs(), Monitoring(), now=now)
            period = await look(world.store, catalog, since=now - timedelta(days=35), until=now)
            walked = await walks(world.store, period, at=now)
            missing = Monitoring(undelivered=(("pager", 1),))
            await keep(world.store, await audit(world.store, catalog, costs(), missing, now=now))
            note = await keep(world.store, found)

            assert found.findings == ()
            assert "nothing is out of the ordinary" in audit_lines(found)
            (worth,) = found.figures
            assert worth.doc_type == "bill"
            assert 0 < worth.alone.hits <= worth.alone.cases
            assert any("without a person; " in line for line in audit_lines(found))
            assert len(walked) == 3
            assert [walk.broken for walk in walked if walk.broken] == []
            assert any("on page 1" in line for line in walk_lines(walked))
            assert note.gone == ("alerts.undelivered/pager",)
            assert note == await last(world.store)
            assert any(
                "gone: alerts.undelivered/pager" in line for line in log_lines(await log(world.store, 5))
            )
            items = checkup(period, {"bill": frozenset(NAMES)})
            assert [item.name for item in items if item.holds is False] == []
            assert checkup_lines(items)[-1] == "the week is sound"

    asyncio.run(scene())


def test_a_certificate_is_the_measure_of_what_people_find_wrong(past: Past, tmp_path: Path) -> None:
    def certified(decisions: int, errors: int, bound: float) -> Certificate:
        return Certificate(
            field="total", target_error=0.02, threshold=0.5, decisions=decisions, errors=errors, bound=bound,
            needed=149, population="here",
        )  # fmt: skip

    async def scene() -> None:
        async with past.again(tmp_path, seed=6) as (world, catalog):
            now = present(world)
            period = await look(world.store, catalog, since=now - timedelta(days=35), until=now)
            for seen in period.documents:
                seen.decisions = [_overruled(one) for one in seen.decisions]
            loose = judge(period, costs(), Monitoring(), promises={"bill.total": certified(50, 49, 0.99)})
            strict = judge(period, costs(), Monitoring(), promises={"bill.total": certified(400, 2, 0.016)})

            assert not [one for one in loose.findings if one.key == "field.wrong/bill/total"]
            (wrong,) = [one for one in strict.findings if one.key == "field.wrong/bill/total"]
            assert "2 of 400" in wrong.sentence
            assert "certified for at most 1.6 %" in wrong.sentence

    asyncio.run(scene())


def _overruled(decision: Decision) -> Decision:
    total = DecidedField(name="total", raw="1.00", value="1.00")
    others = tuple(one for one in decision.fields if one.name != "total")
    return decision.model_copy(update={"fields": (*others, total)})


def test_without_a_baseline_failures_are_counted_and_nothing_is_compared(past: Past, tmp_path: Path) -> None:
    async def scene() -> None:
        async with past.again(tmp_path, seed=3) as (world, catalog):
            early = present(world) - timedelta(days=PAST_DAYS - 6)
            found = await audit(world.store, catalog, costs(), Monitoring(), now=early)

            assert found.cold is not None
            assert found.findings == ()
            assert found.cold.failures
            assert audit_lines(found)[2].startswith("no baseline yet")

    asyncio.run(scene())


def test_promises_tell_what_is_left_of_their_budgets_after_a_day_of_standstill(
    past: Past, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with past.again(tmp_path, seed=4) as (world, catalog):

            async def told() -> dict[str, Objective]:
                now = present(world)
                period = await look(world.store, catalog, since=now - timedelta(days=28), until=now)
                known = await incidents(world.store)
                found = await objectives(catalog, period, known, Operations())
                return {one.name: one for one in found if one.scope == "all"}

            healthy = await told()
            world.down.add("validation")
            await world.pass_day()
            world.down.clear()
            began = present(world) - timedelta(hours=16)
            await open_incident(world.store, "standstill", by="ann", severity="page", began=began, now=began)
            await close(
                world.store, 1, "stopped", by="ann", recovered=began + timedelta(hours=6), now=present(world)
            )
            await world.pass_day()
            broken = await told()

            assert [one.name for one in healthy.values() if one.holds is False] == []
            assert healthy["availability"].left == 1.0
            assert healthy["accuracy"].value is not None
            assert broken["availability"].exhausted
            assert (broken["availability"].burn or 0) > 10
            assert (broken["time to recovery"].value or "").startswith("6.0 h over 1")
            lines = slo_lines(list(broken.values()), days=28, until=present(world))
            assert any("EXHAUSTED" in line for line in lines)
            late = broken["availability"]
            assert any(
                line.startswith(f"availability of all: {late.bad} of {late.cases} documents came out later")
                for line in lines
            )
            assert late.first is not None
            assert late.first.date() == began.date()
            assert "--despite-budget" in lines[-1]

    asyncio.run(scene())


def test_what_was_late_stays_late_in_the_promises_though_all_of_it_was_worked_off(tmp_path: Path) -> None:
    month = asyncio.run(play(tmp_path, days=11, per_day=12))

    (one,) = month.incidents
    (report,) = month.reports
    assert one.recovery == timedelta(hours=6)
    assert any("0 still not done" in line for line in report)
    late = month.of("availability")
    assert late.exhausted
    assert late.owner == "documents team"
    assert (month.of("time to recovery").value or "") == "6.0 h over 1 incident"
