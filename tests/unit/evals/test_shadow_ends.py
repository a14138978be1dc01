"""How a shadow ends: by what people say blind, by its days, by what happens beside it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from evals.errors import LostRaceError, RefusedPromotionError
from evals.registry.history import standings
from evals.shadow.keeping import (
    Role,
    Shadow,
    Verdict,
    begin,
    require_not_worse,
    running,
    taken_over,
)
from evals.shadow.settling import pairs
from evals.truth import truths_of
from evals.variants import Variants
from evals.words.shadow import Seen, shadow_dict, shadow_lines
from store.reviewed import keep_reviewed, reviewed_between
from tests.unit.agents.watching import Watched
from tests.unit.agents.workshop import Workshop
from tests.unit.evals.bench import Bench
from tests.unit.evals.street import Street, decided, opened, say
from tests.unit.review.api import Desk, open_desk

pytestmark = pytest.mark.anyio


async def answer(desk: Desk, *totals: str) -> None:
    """Let people say what stands in the documents they are asked about, and let it out."""
    for total in totals:
        task = await desk.claim()
        told = await desk.decide(task, [{"path": "total", "action": "correct", "value": total}])
        assert told.status_code == 200, told.text
    desk.clock.on(seconds=15)
    await desk.publisher.once()


async def test_blind_answers_decide_and_stay_out_of_sets_and_estimates(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        street = await opened(Bench(workshop=desk.workshop))
        street.queue = desk.queue
        shadow = await begin(street.store, street.shadow())
        await street.come("8.00", "9.00", "6.00")
        await street.look(shadow)
        sent = len(desk.workshop.published)
        await answer(desk, "7.00", "7.00", "5.00")
        found = await pairs(street.store, shadow, street.challenger, desk.workshop.now())
        counted, ended = await street.settle(shadow)
        said = await reviewed_between(street.store, date.min, date.max)

    right = sorted((pair.live, pair.shadow) for pair in found)
    assert right == [(False, False), (False, True), (False, True)]
    assert (counted.fixes, counted.breaks, counted.ties, ended) == (2, 0, 1, None)
    assert len(desk.workshop.published) == sent
    assert [one.lane for one in said] == ["shadow"] * 3
    assert truths_of(said) == []


async def test_what_people_said_for_another_reason_does_not_count(street: Street) -> None:
    shadow = await begin(street.store, street.shadow())
    await street.come("8.00")
    await street.look(shadow)
    told = await street.bench.told(street.documents[0], "7.00", reviewed_at=street.bench.workshop.now())
    await keep_reviewed(street.store, told)

    assert await pairs(street.store, shadow, street.challenger, street.bench.workshop.now()) == []


async def test_a_better_challenger_is_proposed_and_goes_live_by_nobody(street: Street) -> None:
    shadow = await begin(street.store, street.shadow())
    await decided(street, shadow, "7.00")
    counted, ended = await street.settle(shadow)

    assert ended is not None
    assert ended.verdict is Verdict.BETTER
    assert (await Variants(street.store, street.bench.parts).live("slip")).digest == street.live.digest
    assert await running(street.store, "slip") is None
    lines = shadow_lines(Seen(shadow, 12, 12, 12, counted, ended))
    assert lines[-1] == f"  PROPOSED: doctrail promote {street.challenger.name} --by NAME"
    assert "7.00" not in "".join(lines)
    assert shadow_dict(Seen(shadow, 12, 12, 12, counted, ended))["tally"]["fixes"] == 12


async def test_a_challenger_that_live_documents_say_is_worse_may_not_be_promoted(street: Street) -> None:
    shadow = await begin(street.store, street.shadow())
    await decided(street, shadow, None)
    _, ended = await street.settle(shadow)

    assert ended is not None
    assert ended.verdict is Verdict.WORSE
    with pytest.raises(RefusedPromotionError, match="worse than slip@"):
        await require_not_worse(street.store, street.live, street.challenger)
    await require_not_worse(street.store, street.challenger, street.live)


async def promoted(street: Street) -> Shadow:
    """The guard of what was promoted, which reads as the workshop does."""
    await street.publish(street.challenger, "bob")
    await street.publish(street.live, "ada")
    return await begin(street.store, street.shadow(role=Role.GUARD))


async def test_a_guard_that_is_better_than_what_was_promoted_takes_over_at_once(street: Street) -> None:
    guard = await promoted(street)
    await decided(street, guard, "7.00")
    _, ended = await street.settle(guard)
    again = await street.settle(guard)

    assert ended is not None
    assert (ended.verdict, ended.why.endswith("live again")) == (Verdict.BETTER, True)
    (now_live,) = await standings(street.store)
    assert now_live.bundle.digest == street.challenger.digest
    said = now_live.since.statement
    assert said.by == "shadow guard"
    assert said.lineage is not None
    assert (said.lineage.kind, said.comment is not None and "evidence" in said.comment) == ("rollback", True)
    # A crash between both writes: what is live tells that it was done.
    assert again[1] == ended
    assert "ROLLED BACK" in shadow_lines(Seen(guard, 12, 12, 12, ended.tally, ended))[-1]
    assert await taken_over(street.store, ended.at + timedelta(hours=1)) == ["slip"]
    assert await taken_over(street.store, ended.at + timedelta(days=2)) == []


async def test_a_guard_never_takes_over_from_something_else(street: Street) -> None:
    guard = await promoted(street)
    await decided(street, guard, "7.00")
    third = await street.bench.challenger("3.0")
    await street.publish(third, "eve")
    _, ended = await street.settle(guard)

    assert ended is not None
    assert (ended.verdict, "live no more" in ended.why) == (Verdict.STOPPED, True)
    assert (await Variants(street.store, street.bench.parts).live("slip")).digest == third.digest


async def test_a_guard_that_a_rollback_would_not_bring_back_says_so(street: Street) -> None:
    guard = await begin(street.store, street.shadow(role=Role.GUARD))
    await decided(street, guard, "7.00")

    with pytest.raises(LostRaceError, match="would not bring it back"):
        await street.settle(guard)


async def test_a_shadow_ends_undecided_after_its_days(street: Street) -> None:
    shadow = await begin(street.store, street.shadow(days=2))

    assert (await street.settle(shadow))[1] is None
    ended = (await street.settle(shadow, timedelta(days=2)))[1]
    assert ended is not None
    assert ended.verdict is Verdict.UNDECIDED


async def test_a_shadow_touches_what_its_role_is_granted_and_nothing_else() -> None:
    store = Watched()
    street = await opened(Bench(workshop=Workshop(store=store)))
    guard = await promoted(street)
    await street.come(*(f"{number}.10" for number in range(20, 29)))
    store.met.clear()
    await street.look(guard)
    store.assert_granted("shadow")
    await say(street, "7.00")
    store.met.clear()
    _, ended = await street.settle(guard)

    assert ended is not None
    assert ended.verdict is Verdict.BETTER
    store.assert_granted("shadow")
