"""What promises count."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.connect import connect
from ops.audit.seen import look
from ops.incidents.words import slo_lines
from ops.operations import Operations
from ops.slo import LEAST, Objective, objectives, printed_against
from ops.words import minute
from schemas.results import RuleVerdict, Verdict
from store.memory import MemoryStore
from tests.contract.catalog.telling import START, Story

pytestmark = pytest.mark.anyio


def said(verdict: Verdict, *fields: str) -> RuleVerdict:
    return RuleVerdict(rule="any", verdict=verdict, explanation="as it is", fields=fields)


def test_a_table_counts_once_where_a_printed_figure_speaks_of_it_and_is_bad_where_one_contradicts() -> None:
    found = printed_against(
        [
            said(Verdict.HOLDS, "lines.net_amount", "net_total"),
            said(Verdict.BROKEN, "lines.net_amount", "lines.tax_rate", "tax_total"),
            said(Verdict.HOLDS, "flights.amount", "gross"),
        ]
    )

    assert found == {"lines": True, "flights": False}


def test_rules_within_rows_or_without_a_verdict_say_nothing_of_a_table() -> None:
    found = printed_against(
        [
            said(Verdict.BROKEN, "lines.quantity", "lines.unit_price"),
            said(Verdict.CANNOT_TELL, "lines.net_amount", "net_total"),
            said(Verdict.BROKEN, "net_total", "tax_total"),
        ]
    )

    assert found == {}


async def available(folder: Path, stories: list[Story]) -> Objective:
    """Return how availability stands a month after the stories began."""
    now = START + timedelta(days=30)
    async with connect(f"sqlite:///{folder / 'catalog.db'}") as catalog:
        for story in stories:
            await story.into(catalog)
        period = await look(MemoryStore(), catalog, since=now - timedelta(days=28), until=now)
        found = await objectives(catalog, period, (), Operations())
    return next(one for one in found if (one.name, one.scope) == ("availability", "all"))


def came(number: int, day: int) -> Story:
    return Story(f"scan {number}", start=START + timedelta(days=day)).submitted().completed(1)


async def test_a_backfill_under_way_takes_nothing_from_availability(tmp_path: Path) -> None:
    stories = [came(number, 25) for number in range(LEAST)]
    for story in stories[:5]:
        story.at += timedelta(days=1)
        story.submitted("a-backfill").classified()

    found = await available(tmp_path, stories)

    assert (found.holds, found.left, found.burn) == (True, 1.0, 0.0)


async def test_a_slow_backfill_of_what_came_before_the_window_makes_nothing_late(tmp_path: Path) -> None:
    old = [came(number, 0) for number in range(5)]
    for story in old:
        story.at += timedelta(days=9)
        story.submitted("a-backfill")
        story.at += timedelta(days=3)
        story.completed(2)

    found = await available(tmp_path, [*old, *(came(10 + number, 20) for number in range(LEAST))])

    assert (found.left, found.value) == (1.0, "100.0 % of 20 (83.2 %–100.0 %)")


async def test_of_a_broken_promise_it_is_told_how_much_since_when_and_what_to_do(tmp_path: Path) -> None:
    stories = [Story("scan 0", start=START + timedelta(days=10)).submitted()]
    stories += [Story("scan 1", start=START + timedelta(days=12)).submitted()]
    stories[1].at += timedelta(days=3)
    stories[1].completed(1)

    found = await available(tmp_path, [*stories, *(came(10 + number, 20) for number in range(LEAST))])
    lines = slo_lines([found], days=28, until=START + timedelta(days=30))

    assert (found.bad, found.cases) == (2, LEAST + 2)
    assert lines[0].startswith("the 28 days until ")
    told = lines.index(next(line for line in lines if line.startswith("availability of all: ")))
    first, last = minute(START + timedelta(days=10)), minute(START + timedelta(days=12))
    assert lines[told] == (
        "availability of all: 2 of 22 documents came out later than promised, or not yet; "
        f"of documents that came in from {first} to {last}"
    )
    assert "doctrail status" in lines[told + 1]
    assert "docs/runbooks/budget-burns.md" in lines[told + 1]


def test_a_promise_that_whole_and_type_break_alike_is_told_once() -> None:
    broken = [
        Objective(name="accuracy", scope=scope, target="98.0 %", value="90.0 %", holds=False, owner="o")
        for scope in ("all", "bill")
    ]

    lines = slo_lines(broken, days=28, until=START)

    assert [line for line in lines if line.startswith("accuracy of ")] == [
        "accuracy of all: 0 of 0 accepted values were found wrong by people"
    ]
