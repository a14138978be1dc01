"""Backfills: whom they take, in what order they go, and that a restart does nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bus.protocol import Bus, Lag
from catalog.database import Catalog
from ops.backfill import Backfill, judges_otherwise
from ops.backfill_selection import OtherSelectionError, Selection, candidates, start, unfinished_backfills
from ops.progress import End
from schemas.errors import PermanentError
from schemas.handling import Outgoing
from store.releases import load_release
from store.submissions import Cause, UnknownCauseError, keep_cause, load_cause
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SURE = "SLIP\nshop: Bakery {0} Ltd\ntotal: {0}.00\n"


class Belt:
    """A bus that keeps what is published until told to carry it.

    Attributes:
        unread: Messages of others that intake has not read.
    """

    def __init__(self) -> None:
        self.carried: list[Outgoing] = []
        self.waiting: list[Outgoing] = []
        self.unread = 0

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Keep the messages."""
        self.waiting += messages

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return what lies here."""
        del group
        return dict.fromkeys(topics, Lag(len(self.waiting) + self.unread))

    async def carry(self, workshop: Workshop) -> None:
        """Let the agents handle everything."""
        taken, self.waiting = self.waiting, []
        self.carried += taken
        await workshop.drive(taken)


async def begun(workshop: Workshop, selection: Selection | None = None, **facts: Any) -> Cause:
    """Start a backfill to the release of the workshop's present settings."""
    release = await workshop.digest(NOW)
    cause, _ = await start(workshop.store, selection or Selection(), release_digest=release, now=NOW, **facts)
    return cause


def work(workshop: Workshop, catalog: Catalog, belt: Belt, cause: Cause, **facts: Any) -> Backfill:
    """Return a backfill whose pauses let the agents work."""

    async def pause() -> bool:
        await belt.carry(workshop)
        return False

    return Backfill(
        store=workshop.store,
        bus=cast("Bus", belt),
        catalog=catalog,
        cause=cause,
        selection=Selection.model_validate(cause.selection),
        now=workshop.now,
        **{"pause": pause, **facts},
    )


async def three_slips(workshop: Workshop) -> list[str]:
    return [await workshop.submit(SURE.format(number), name=f"{number}.txt") for number in (1, 2, 3)]


async def test_a_new_prompt_runs_the_documents_of_its_type_again(
    workshop: Workshop, catalog: Catalog
) -> None:
    documents = await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause, belt = await begun(workshop), Belt()

    tally = await work(workshop, catalog, belt, cause).run(candidates(catalog, Selection()))

    assert [message.key for message in belt.carried] == documents
    assert (tally.sent, tally.ended, tally.complete) == (3, {End.ACCEPTED: 3}, True)


async def test_documents_that_the_release_judges_as_before_are_left_out(
    workshop: Workshop, catalog: Catalog
) -> None:
    await three_slips(workshop)
    cause, belt = await begun(workshop), Belt()

    tally = await work(workshop, catalog, belt, cause).run(candidates(catalog, Selection()))

    assert (tally.selected, tally.unchanged, tally.sent, belt.carried) == (3, 3, 0, [])


async def test_unchanged_documents_run_again_where_it_is_asked_for(
    workshop: Workshop, catalog: Catalog
) -> None:
    await three_slips(workshop)
    cause, belt = await begun(workshop, Selection(unchanged=True)), Belt()

    tally = await work(workshop, catalog, belt, cause).run(candidates(catalog, Selection()))

    assert (tally.unchanged, tally.sent) == (0, 3)


async def test_no_more_runs_are_unfinished_than_the_rate_allows(workshop: Workshop, catalog: Catalog) -> None:
    await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause, belt, most = await begun(workshop), Belt(), 0

    async def pause() -> bool:
        nonlocal most
        most = max(most, len(belt.waiting))
        await belt.carry(workshop)
        return False

    await work(workshop, catalog, belt, cause, rate=2, pause=pause).run(candidates(catalog, Selection()))

    assert (most, len(belt.carried)) == (2, 3)


async def test_nothing_is_sent_while_live_documents_are_under_way(
    workshop: Workshop, catalog: Catalog
) -> None:
    await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause, belt, sent_meanwhile = await begun(workshop), Belt(), []
    belt.unread = 2

    async def pause() -> bool:
        sent_meanwhile.append((backfill.tally.waiting_for, len(belt.waiting)))
        belt.unread = max(belt.unread - 1, 0)
        await belt.carry(workshop)
        return False

    backfill = work(workshop, catalog, belt, cause, pause=pause)
    await backfill.run(candidates(catalog, Selection()))

    assert sent_meanwhile[:2] == [(2, 0), (1, 0)]
    assert backfill.tally.complete


async def test_a_stopped_backfill_goes_on_under_its_id_with_its_own_release(
    workshop: Workshop, catalog: Catalog
) -> None:
    await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause, belt = await begun(workshop), Belt()

    async def once() -> bool:
        await belt.carry(workshop)
        return True

    stopped = await work(workshop, catalog, belt, cause, rate=1, pause=once).run(
        candidates(catalog, Selection())
    )
    workshop.prompt_version = "3.0"
    again = await begun(workshop, cause_id=cause.cause_id)
    done = await work(workshop, catalog, belt, again).run(candidates(catalog, Selection()))

    assert (stopped.sent, stopped.complete) == (1, False)
    assert again == cause
    assert (done.already, done.sent, done.complete) == (1, 2, True)
    assert len({message.event_id for message in belt.carried}) == 3


async def test_a_document_sent_but_not_finished_is_sent_again_as_the_same_event(
    workshop: Workshop, catalog: Catalog
) -> None:
    (document,) = [await workshop.submit(SURE.format(1))]
    workshop.prompt_version = "2.0"
    cause, belt = await begun(workshop), Belt()

    async def give_up() -> bool:
        return True

    await work(workshop, catalog, belt, cause, pause=give_up).run(candidates(catalog, Selection()))
    lost, belt.waiting = belt.waiting, []
    await work(workshop, catalog, belt, cause).run(candidates(catalog, Selection()))

    assert [message.key for message in lost] == [document]
    assert [message.event_id for message in belt.carried] == [message.event_id for message in lost]


async def test_counting_sends_nothing(workshop: Workshop, catalog: Catalog) -> None:
    await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause, belt = await begun(workshop), Belt()

    tally = await work(workshop, catalog, belt, cause).count(candidates(catalog, Selection()))

    assert (tally.sent, belt.waiting, tally.complete) == (3, [], False)


async def test_the_selection_names_documents_by_type_and_day(workshop: Workshop, catalog: Catalog) -> None:
    documents = await three_slips(workshop)
    await workshop.submit("A letter about nothing.\n", name="letter.txt")
    day = workshop.time.replace(hour=0, minute=0, second=0)

    async def taken(**facts: Any) -> list[str]:
        return [c.document_id async for c in candidates(catalog, Selection(**facts))]

    assert await taken(doc_type="slip") == documents
    assert await taken(until=day) == []
    assert len(await taken(since=day, until=day + timedelta(days=1))) == 4


async def test_an_id_with_another_selection_is_refused(workshop: Workshop) -> None:
    cause = await begun(workshop, Selection(doc_type="slip"))

    with pytest.raises(OtherSelectionError, match="was started with --type slip"):
        await begun(workshop, Selection(doc_type="lease"), cause_id=cause.cause_id)


async def test_an_unknown_id_alone_is_refused(workshop: Workshop) -> None:
    with pytest.raises(UnknownCauseError):
        await begun(workshop, cause_id="0" * 64)


async def test_a_force_can_not_be_restarted_as_a_backfill(workshop: Workshop) -> None:
    force = Cause(cause_id="0" * 64, kind="force", release_digest="1" * 64, at=NOW)
    await keep_cause(workshop.store, force)

    with pytest.raises(PermanentError, match="is a force, not a backfill"):
        await begun(workshop, cause_id=force.cause_id)


async def test_a_backfill_is_listed_until_it_came_to_its_end(workshop: Workshop, catalog: Catalog) -> None:
    await three_slips(workshop)
    workshop.prompt_version = "2.0"
    cause = await begun(workshop, Selection(doc_type="slip"))

    (listed,) = await unfinished_backfills(workshop.store, catalog)
    await work(workshop, catalog, Belt(), cause).run(candidates(catalog, Selection(doc_type="slip")))

    assert (listed.cause_id, listed.selection) == (cause.cause_id, "--type slip")
    assert await unfinished_backfills(workshop.store, catalog) == ()
    assert await load_cause(workshop.store, cause.cause_id) == cause


async def test_a_release_judges_otherwise_by_the_types_own_bundle_or_what_is_shared(
    workshop: Workshop,
) -> None:
    workshop.types = ("slip", "bill")
    before = await load_release(workshop.store, await workshop.digest(NOW))
    workshop.prompt_version = "2.0"
    edited = await load_release(workshop.store, await workshop.digest(NOW))
    bundles = {"slip": edited.bundles["slip"], "bill": before.bundles["bill"]}
    slip_edited = before.model_copy(update={"bundles": bundles})
    other_policy = before.model_copy(update={"accept_generated_certificates": True})
    fewer_types = before.model_copy(update={"bundles": {"slip": before.bundles["slip"]}})

    assert judges_otherwise(before, slip_edited, "slip")
    assert not judges_otherwise(before, slip_edited, "bill")
    assert not judges_otherwise(before, slip_edited, None)
    assert not judges_otherwise(before, slip_edited, "unknown")
    assert judges_otherwise(before, other_policy, "bill")
    assert judges_otherwise(before, fewer_types, None)
