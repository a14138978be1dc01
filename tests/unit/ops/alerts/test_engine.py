"""From breaches to who is told: what lasts, ladders, answers, silences, storms; with a clock in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ops.alerts.engine import Looked, Observed, look
from ops.alerts.plan import Plan
from ops.alerts.state import AlertState, Silence
from ops.alerts.words import budget, list_lines
from tests.unit.ops.alerts.rules import RULE

START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LADDER = [{"after": 0, "channels": ["pager", "mail"]}, {"after": 15, "channels": ["boss"]}]
CHANNELS = [{"name": name, "kind": "webhook", "url": f"http://{name}"} for name in ("pager", "mail", "boss")]


def plan(**rule: object) -> Plan:
    """Return a plan with one rule, told to two channels at once and a third after a quarter of an hour."""
    return Plan.model_validate({"rule": [RULE | rule], "channel": CHANNELS, "ladder": {"page": LADDER}})


def walk(
    made: Plan, minutes: Sequence[int], *, down: Sequence[str] = ("bus",), state: AlertState | None = None
) -> Looked:
    """Look at each of these minutes while ``down`` is down; what was told before is delivered."""
    looked = Looked(state or AlertState())
    for minute in minutes:
        delivered = looked.state.model_copy(update={"outbox": ()})
        observed = [Observed("part_down", name, 1.0) for name in down]
        looked = look(made, delivered, observed, START + timedelta(minutes=minute))
    return looked


def told(looked: Looked) -> list[tuple[str, str]]:
    return [(notice.channel, notice.title) for notice in looked.state.outbox]


def test_a_breach_fires_only_once_it_has_lasted() -> None:
    assert told(walk(plan(), [0, 4])) == []
    assert told(walk(plan(), [0, 4, 5])) == [("pager", "[page] bus is down"), ("mail", "[page] bus is down")]


def test_one_bad_point_is_no_alert() -> None:
    healthy = walk(plan(), [1], down=(), state=walk(plan(), [0]).state)

    assert told(walk(plan(), [2, 5], state=healthy.state)) == []


def test_a_gap_without_looks_proves_no_lasting_breach() -> None:
    assert told(walk(plan(), [0, 60])) == []


def test_nobody_answering_climbs_the_ladder_and_an_answer_ends_the_climb() -> None:
    first = walk(plan(), [0, 5])
    second = walk(plan(), [10, 19, 20], state=first.state)
    alert = first.state.alerts["down/bus"]
    answered = first.state.model_copy(
        update={"alerts": {"down/bus": alert.model_copy(update={"ack_by": "ann"})}}
    )

    assert told(second) == [("boss", "[page] bus is down")]
    assert told(walk(plan(), [10, 20, 300], state=answered)) == []


def test_a_restart_in_the_middle_of_a_ladder_goes_on_where_it_was() -> None:
    state = walk(plan(), [0, 5, 10]).state
    revived = AlertState.model_validate_json(state.model_dump_json())

    assert told(walk(plan(), [21], state=revived)) == [("boss", "[page] bus is down")]
    assert told(walk(plan(), [21, 25], state=revived)) == []


def test_a_ladder_that_nobody_answers_to_its_end_is_missed_once() -> None:
    state = walk(plan(rollback=True), [0, 5, 20]).state

    late = walk(plan(rollback=True), [36], state=state)

    assert [alert.key for alert in late.missed] == ["down/bus"]
    assert walk(plan(rollback=True), [40], state=late.state).missed == ()


def test_an_alert_that_goes_on_is_told_again_and_its_end_to_everybody_who_heard_of_it() -> None:
    state = walk(plan(), [0, 5, 20]).state

    again = walk(plan(), [*range(40, 260, 20), 265], state=state)
    over = walk(plan(), [270, 281], down=(), state=again.state)

    assert told(again) == [("boss", "[page] bus is down")]
    assert {channel for channel, title in told(over) if title == "over: bus is down"} == {
        "pager",
        "mail",
        "boss",
    }
    assert over.state.ended[0].rule == "down"


def test_what_fired_is_not_over_because_the_part_that_is_asked_for_it_does_not_answer() -> None:
    made = plan(signal="dead_letters", clear=10)
    firing = AlertState()
    for minute in (0, 5):
        seen = [Observed("dead_letters", "intake", 9.0)]
        firing = look(made, firing, seen, START + timedelta(minutes=minute)).state
    blind = firing
    for minute in (10, 20, 30):
        seen = [Observed("part_down", "catalog", 1.0), Observed("disk_used", "home", 20.0)]
        blind = look(made, blind, seen, START + timedelta(minutes=minute)).state
    elsewhere = firing
    for minute in (10, 20):
        seen = [Observed("part_down", "bus", 1.0)]
        elsewhere = look(made, elsewhere, seen, START + timedelta(minutes=minute)).state

    assert list(blind.alerts) == ["down/intake"]
    assert not any(one.title.startswith("over") for one in blind.outbox)
    assert [one.title for one in elsewhere.outbox if one.title.startswith("over")] == [
        "over: intake is down", "over: intake is down",
    ]  # fmt: skip


def test_a_notice_says_what_happens_where_nobody_answers() -> None:
    first = walk(plan(rollback=True), [0, 5])
    last = walk(plan(rollback=True), [20], state=first.state)
    rolled = "unanswered 15 min after the last step: what was promoted last is rolled back"

    assert first.state.outbox[0].text.splitlines()[-2:] == ["unanswered: boss told in 15 min", rolled]
    assert last.state.outbox[0].text.splitlines()[-1] == rolled
    assert "unanswered: " not in last.state.outbox[0].text
    assert "rolled back" not in walk(plan(), [0, 5]).state.outbox[0].text


def test_a_silence_is_quiet_and_ends_by_itself() -> None:
    quiet = Silence(key="down", until=START + timedelta(minutes=30), by="ann", reason="moving")
    state = AlertState(silences=(quiet,))

    first = walk(plan(), [0, 5, 25], state=state)
    later = walk(plan(), [31], state=first.state)

    assert told(first) == []
    assert told(later) != []
    assert later.state.silences == ()


def test_after_a_silence_the_ladder_begins_anew_and_nothing_is_missed_that_nobody_heard_of() -> None:
    made = plan(rollback=True)
    quiet = Silence(key="down", until=START + timedelta(hours=4), by="ann", reason="moving")
    for begun in ([], [0, 5]):
        state = walk(made, begun).state.model_copy(update={"silences": (quiet,)})

        heard = walk(made, [*range(6, 240, 15), 241], state=state)
        soon = walk(made, [242, 255], state=heard.state)
        boss = walk(made, [256], state=soon.state)
        late = walk(made, [257, 270], state=boss.state)

        assert [channel for channel, _ in told(heard)] == ["pager", "mail"]
        assert (told(soon), soon.missed) == ([], ())
        assert [channel for channel, _ in told(boss)] == ["boss"]
        assert (told(late), late.missed) == ([], ())
        assert [alert.key for alert in walk(made, [271], state=late.state).missed] == ["down/bus"]


def test_after_hours_without_a_look_the_next_rung_has_its_time_to_answer() -> None:
    made = plan(rollback=True)
    state = walk(made, [0, 5]).state

    back = walk(made, [180], state=state)
    soon = walk(made, [181, 194], state=back.state)

    assert [channel for channel, _ in told(back)] == ["boss"]
    assert soon.missed == ()
    assert [alert.key for alert in walk(made, [195], state=soon.state).missed] == ["down/bus"]


def test_a_ladder_that_is_told_again_more_often_than_it_climbs_is_climbed_all_the_same() -> None:
    made = plan().model_copy(update={"repeat": 5.0})

    looked = walk(made, [0, 5, 10, 15, 20])

    assert [channel for channel, _ in told(looked)] == ["boss"]


def test_a_storm_of_ten_thousand_is_one_notice_per_channel() -> None:
    looked = walk(plan(), [0, 5], down=[f"part{number}" for number in range(10_000)])

    assert len(looked.state.outbox) == 2
    assert looked.state.outbox[0].title.endswith("is down, and 9999 more")
    assert len(looked.state.outbox[0].text.splitlines()) < 15
    assert len(looked.state.pages) == 1
    assert len(list_lines(plan(), looked.state, START)) < 40


def test_a_burn_rate_fires_at_once_and_a_moving_baseline_needs_its_week() -> None:
    burn = plan(above=None, burn=14.4, signal="unfinished", lasting=0)
    unusual = plan(above=None, times_usual=3, signal="reviews_waiting", lasting=0)

    def seen(made: Plan, values: Sequence[float], signal: str) -> Looked:
        looked = Looked(AlertState())
        for hour, value in enumerate(values):
            observed = [Observed(signal, "", value)]
            looked = look(made, looked.state, observed, START + timedelta(hours=hour))
        return looked

    assert seen(burn, [20.0], "unfinished").state.alerts["down"].phase == "firing"
    assert seen(burn, [10.0], "unfinished").state.alerts == {}
    assert seen(unusual, [500.0], "reviews_waiting").state.alerts == {}
    assert seen(unusual, [10.0] * 30, "reviews_waiting").state.alerts == {}
    assert seen(unusual, [*[10.0] * 30, 40.0], "reviews_waiting").state.alerts["down"].phase == "firing"


def test_pages_are_counted_against_one_in_two_shifts() -> None:
    state = AlertState(pages=tuple(START + timedelta(hours=hour) for hour in range(12)))

    said = budget(plan(), state, START + timedelta(days=1))

    assert said == "12 pages in 7 days, budget 10, OVER BUDGET: raise thresholds or mend what pages"
