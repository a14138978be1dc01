"""A variant in the shadow of the live one: it reads, asks, and touches nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals.shadow.keeping import (
    Ended,
    Note,
    ShadowError,
    Tally,
    Verdict,
    all_shadows,
    begin,
    disputed,
    end,
    read_so_far,
    shadows_of,
)
from evals.shadow.traffic import Look
from evals.variants import Variants
from review.queue.lanes import Lane
from schemas.canonical import sha256_hex
from schemas.errors import MissingObjectError
from store import eval_keys
from store.memory import MemoryStore
from store.protocol import Created
from store.releases import MissingPartError
from store.submissions import links
from tests.unit.evals.street import Street

pytestmark = pytest.mark.anyio


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
    begun = eval_keys.shadow("slip", 1, "begun")

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
    assert set(Note.model_fields) == {"whole", "document_id", "run_id", "fields", "asked", "answer", "at"}
