"""A variant in the shadow of the live one: reads, asks, is judged, and touches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from evals.errors import LostRaceError, RefusedPromotionError
from evals.registry.history import standings
from evals.shadow.keeping import (
    Ended,
    Note,
    Role,
    Shadow,
    ShadowError,
    Tally,
    Verdict,
    all_shadows,
    begin,
    disputed,
    end,
    read_so_far,
    require_not_worse,
    running,
    shadows_of,
    taken_over,
)
from evals.shadow.settling import pairs, settle
from evals.shadow.traffic import Look, look_at
from evals.truth import truths_of
from evals.variants import Variant, Variants
from evals.words.shadow import Seen, shadow_dict, shadow_lines
from review.lanes import Lane, LanePolicy
from review.queue import ReviewQueue
from review.tasks import Task
from schemas.canonical import sha256_hex
from schemas.errors import MissingObjectError
from schemas.reviewed import ReviewedField, ReviewedState
from store import keys
from store.memory import MemoryStore
from store.protocol import Created
from store.registry import RELEASE_SLOT, Registry, Statement
from store.releases import MissingPartError, Release, publish_release
from store.reviewed import keep_reviewed, reviewed_between
from store.submissions import links
from tests.unit.evals.bench import Bench
from tests.unit.review.api import Desk, open_desk

pytestmark = pytest.mark.anyio

OTHER = {
    "shop": {"readings": [{"value": "Corner Bakery Ltd", "quote": "Corner Bakery Ltd", "lines": ["p1l2"]}]},
    "total": {"readings": [{"value": "7.00", "quote": "7.00", "lines": ["p1l3"]}], "confidence": 0.9},
    "note": {"readings": [], "confidence": 0.9},
}


@dataclass
class Questions:
    """A queue that nobody works off."""

    policy: LanePolicy = field(default_factory=LanePolicy)
    tasks: dict[str, Task] = field(default_factory=dict)

    async def enrol(self, tasks: Sequence[Task]) -> None:
        """Keep what is asked."""
        self.tasks |= {task.task_id: task for task in tasks}


@dataclass
class Street:
    """Live traffic with a challenger that reads 7.00 everywhere."""

    bench: Bench
    release: Release
    live: Variant
    challenger: Variant
    documents: list[str] = field(default_factory=list)
    questions: Questions = field(default_factory=Questions)
    queue: ReviewQueue | None = None

    @property
    def store(self) -> MemoryStore:
        """Where it lies."""
        return self.bench.workshop.store

    def shadow(self, **changes: object) -> Shadow:
        """The challenger beside what is live."""
        base = Shadow(
            doc_type="slip", number=1, variant=self.challenger.digest, against=self.live.digest,
            role=Role.CHALLENGER, share=1.0, budget=20, days=14, by="ada", since=self.bench.workshop.now(),
        )  # fmt: skip
        return base.model_copy(update=changes)

    async def come(self, *totals: str) -> None:
        """Let documents come in."""
        self.documents += [await self.bench.submit(total) for total in totals]

    async def look(self, shadow: Shadow, now: datetime | None = None) -> Look:
        """Let the shadow look at them."""
        runner = self.bench.runner(self.release, OTHER)
        at = now or self.bench.workshop.now()
        queue = self.queue or cast("ReviewQueue", self.questions)
        return await look_at(self.documents, shadow, self.challenger, runner, queue, at)

    async def settle(self, shadow: Shadow, after: timedelta = timedelta(0)) -> tuple[Tally, Ended | None]:
        """Ask how it stands."""
        return await settle(self.store, shadow, self.challenger, self.bench.workshop.now() + after, "test")

    async def publish(self, variant: Variant, by: str) -> None:
        """Make a variant live by hand."""
        release = self.release.model_copy(update={"bundles": {"slip": variant.bundle}})
        digest, _ = await publish_release(self.store, release)
        at = self.bench.workshop.now()
        statement = Statement(at=at, what=digest, mark="approved", by=by)
        await Registry(self.store).append(RELEASE_SLOT, statement)


async def opened(bench: Bench) -> Street:
    release = await bench.go_live()
    live = await Variants(bench.store, bench.parts).live("slip")
    return Street(bench, release, live, await bench.challenger())


@pytest.fixture
async def street() -> Street:
    return await opened(Bench())


async def test_a_shadow_asks_where_it_reads_otherwise_and_touches_no_record(
    street: Street,
) -> None:
    shadow = await begin(street.store, street.shadow())
    await street.come("7.00", "8.00", "9.00")
    before = dict(street.store.objects)
    found = await street.look(shadow)
    again = await street.look(shadow)

    assert (found, again) == (Look(read=3, otherwise=2, asked=2), Look(0, 0, 0))
    new = set(street.store.objects) - set(before)
    assert {key: street.store.objects[key] for key in before} == before
    assert {key.split("/")[2] for key in new if key.startswith("documents/")} == {"evals", "links"}
    asked = list(street.questions.tasks.values())
    assert [(task.lane, task.asked) for task in asked] == [(Lane.SHADOW, ("total",))] * 2
    assert await read_so_far(street.store, shadow, "alike") == [street.documents[0]]
    for document_id in street.documents:
        assert any(document_id in key for key in await links(street.store, document_id))


async def test_the_budget_of_a_day_bounds_what_people_are_asked(street: Street) -> None:
    shadow = await begin(street.store, street.shadow(budget=1))
    await street.come("8.00", "9.00")
    found = await street.look(shadow)
    await street.come("6.00")
    more = await street.look(shadow)
    await street.come("5.00")
    tomorrow = await street.look(shadow, street.bench.workshop.now() + timedelta(days=1))

    assert (found.asked, more.asked, tomorrow.asked) == (1, 0, 1)


async def test_a_share_of_documents_is_drawn_by_their_ids(street: Street) -> None:
    shadow = await begin(street.store, street.shadow(share=0.0))
    await street.come("8.00")

    assert await street.look(shadow) == Look(0, 0, 0)


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


async def decided(street: Street, shadow: Shadow, total: str | None, count: int = 12) -> None:
    """Let people say of so many documents what stands there: ``total``, or what the live variant read."""
    await street.come(*(f"{number}.10" for number in range(20, 20 + count)))
    await street.look(shadow)
    for number, document_id in enumerate(street.documents, start=20):
        said = await street.bench.told(
            document_id, total or f"{number}.10", lane="shadow", reviewed_at=street.bench.workshop.now()
        )
        only = [f if f.name == "total" else not_asked(f.name) for f in said.fields]
        await keep_reviewed(street.store, said.model_copy(update={"fields": tuple(only)}))


def not_asked(name: str) -> ReviewedField:
    """A field that nobody was asked about."""
    return ReviewedField(name=name, state=ReviewedState.NOT_REVIEWED)


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


async def test_one_shadow_a_type_runs_at_a_time(street: Street) -> None:
    first = await begin(street.store, street.shadow())
    with pytest.raises(ShadowError, match="doctrail shadow stop slip"):
        await begin(street.store, street.shadow(by="bob"))
    await end(
        street.store, first,
        Ended(at=first.since, by="ada", verdict=Verdict.STOPPED, why="stopped by ada", tally=Tally()),
    )  # fmt: skip
    second = await begin(street.store, street.shadow())

    assert (first.number, second.number) == (1, 2)
    assert [one.ended is None for one in await shadows_of(street.store, "slip")] == [False, True]
    assert [one.shadow.number for one in await all_shadows(street.store)] == [1, 2]
    with pytest.raises(ShadowError, match="is live itself"):
        await begin(street.store, street.shadow(variant=street.live.digest))


async def test_of_two_shadows_begun_at_once_one_is_told(street: Street) -> None:
    theirs = street.shadow(by="bob")
    store = MemoryStore()
    await begin(store, theirs)
    begun = keys.shadow("slip", 1, "begun")

    class Late(MemoryStore):
        """Another one writes between our look and our write."""

        async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
            if key == begun and key not in self.objects:
                self.objects[key] = store.objects[key]
            return await super().create(key, data, media_type=media_type)

    with pytest.raises(ShadowError, match="runs beside"):
        await begin(Late(), street.shadow())


async def test_a_missing_part_of_the_pinned_variant_is_named_and_nothing_reads_in_its_place(
    street: Street,
) -> None:
    shadow = await begin(street.store, street.shadow())
    await street.come("8.00")
    prompt = street.challenger.bundle.parts["prompt.md"].uri
    del street.store.objects[prompt]

    with pytest.raises((MissingObjectError, MissingPartError), match=street.challenger.digest[:8]):
        await street.look(shadow)
    with pytest.raises(MissingPartError, match=street.challenger.digest[:8]):
        await Variants(street.store, street.bench.parts).pinned("slip", street.challenger.digest)
    assert await disputed(street.store, shadow) == []


async def test_documents_that_another_variant_read_or_that_are_gone_are_passed_over(street: Street) -> None:
    shadow = await begin(street.store, street.shadow(against=sha256_hex(b"another")))
    await street.come("8.00")
    street.documents.append(sha256_hex(b"nobody's"))

    assert await street.look(shadow) == Look(0, 0, 0)


def test_a_note_holds_no_value() -> None:
    assert set(Note.model_fields) == {"whole", "document_id", "run_id", "fields", "asked", "at"}
