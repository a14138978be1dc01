"""What the audit tells of outside parts that did not answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ops.audit.breakers import breaker_findings, wait_lines, waits_of
from ops.audit.costs import Costs
from ops.audit.finding import Finding, Urgency
from ops.audit.hand_offs import Monitoring
from ops.audit.report import judge
from ops.audit.seen import Period, Seen, Way
from store.outages import Outage
from store.trail import AttemptRecord

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def outage(ago: timedelta, lasted: timedelta | None, target: str = "model:a", waited: int = 3) -> Outage:
    began = NOON - ago
    ended = None if lasted is None else began + lasted
    return Outage(target, began, ended, frozenset({"extraction"}), waited, "it answered 503")


def period(*outages: Outage) -> Period:
    return Period(NOON - timedelta(days=35), NOON, outages=list(outages))


def findings(*outages: Outage) -> list[Finding]:
    return list(breaker_findings(waits_of(period(*outages))))


def computed(at: datetime) -> Seen:
    """Return a document that an agent computed something of."""
    attempt = AttemptRecord(
        document_id="d", run_id="r", stage="gatekeeper", attempt=1, event_id="e", event_type="t",
        dataschema="s", topic="documents.submitted", partition=0, offset=1, started=at, seconds=1.0,
        ended="computed", inputs={}, outputs={}, steps=(), tries=(),
    )  # fmt: skip
    return Seen(Way("d", at), attempts=[attempt])


def test_a_part_that_does_not_answer_now_is_told_with_since_when_who_waits_and_what_to_do() -> None:
    (found,) = findings(outage(timedelta(hours=3), None))

    assert found.sentence == (
        "model:a has not answered since 2026-03-20 09:00 UTC; 1 time and 3 h 00 min this week, never in the "
        "weeks before"
    )
    assert (found.urgency, found.records) == (Urgency.BROKEN, 3)
    assert found.evidence == ("3 messages waited in extraction; none is lost", "last said: it answered 503")
    assert found.fix.startswith("doctrail doctor")


def test_pauses_of_seconds_are_told_and_are_no_finding() -> None:
    some = [outage(timedelta(hours=one), timedelta(seconds=20)) for one in range(1, 5)]

    assert findings(*some) == []
    (line,) = wait_lines(waits_of(period(*some)))
    assert line.startswith("  model:a did not answer 4 times in the last week, 80.0 s in all (longest 20.0 s")


def test_a_breaker_that_opens_again_and_again_is_one_though_every_pause_is_short() -> None:
    (found,) = findings(*[outage(timedelta(hours=one), timedelta(seconds=5)) for one in range(1, 13)])

    assert "12 times" in found.sentence
    assert found.urgency is Urgency.WILL_BREAK


def test_what_is_out_every_week_is_told_only_where_it_gets_longer() -> None:
    usual = [outage(timedelta(days=9 + 7 * week), timedelta(minutes=10)) for week in range(4)]

    assert findings(*usual, outage(timedelta(days=2), timedelta(minutes=12))) == []
    assert len(findings(*usual, outage(timedelta(days=2), timedelta(hours=2)))) == 1


def test_of_a_killed_process_the_first_work_that_succeeds_afterwards_is_the_end() -> None:
    seen = period(outage(timedelta(hours=5), None, "store"))
    seen.documents.append(computed(NOON - timedelta(hours=5) + timedelta(minutes=2)))

    (store,) = waits_of(seen)

    assert (store.open_since, store.seconds) == (None, 120.0)
    seen.outages = [outage(timedelta(hours=5), None)]
    (model,) = waits_of(seen)
    assert model.open_since is not None, "no model answered since"


def test_a_part_that_is_down_is_told_without_a_baseline_too() -> None:
    found = judge(period(outage(timedelta(hours=1), None)), Costs(), Monitoring())

    assert found.cold is not None
    assert found.first is not None
    assert found.first.key == "breaker.open/model:a"
