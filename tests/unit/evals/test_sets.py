"""Sets: the same bytes from the same decisions, weighted, without what may not be in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals.errors import BiasedError, NothingReviewedError, TamperedSetError, UnknownSetError
from evals.sets.build import SEALED, Built, build
from evals.sets.form import composed, figure, manifest_bytes, records_bytes
from evals.sets.keeping import (
    current_id,
    entomb,
    find_set,
    keep_set,
    list_sets,
    load_records,
    note_use,
    uses_of,
)
from evals.sets.weights import weigh
from evals.truth import truths_of
from schemas.reviewed import ReviewedRecord
from store import eval_keys
from store.memory import MemoryStore
from tests.unit.evals.made import NOW, production, record, types, wanted

pytestmark = pytest.mark.anyio
TYPES = types("invoice", "lease")


def built(records: list[ReviewedRecord], **changes: object) -> Built:
    return build(truths_of(records), TYPES, wanted(**changes))


def test_the_same_decisions_give_the_same_bytes_whatever_their_order() -> None:
    records = production(120)
    one, other = built(records), built(records[::-1], now=NOW + timedelta(hours=1), code="other")

    assert records_bytes(one.records) == records_bytes(other.records)
    assert one.manifest.set_id == other.manifest.set_id


def test_the_bytes_of_a_set_are_the_same_on_every_machine() -> None:
    made = built([record(1), record(2, name="lease", values={"due": None})])

    assert made.manifest.set_id == "431fffe5507150d40a1fe8b710a28f9a62e734f9e527ea1b894501fbdb5c387c"
    assert b'"due":null' in records_bytes(made.records)
    assert manifest_bytes(made.manifest).endswith(b"\n")


def test_numbers_are_plain_decimals_and_text_is_composed() -> None:
    assert [figure(x) for x in (0.02, 1.0, 1e-7, 12.3456789, 0.1 + 0.2)] == [
        "0.02", "1", "0", "12.345679", "0.3",
    ]  # fmt: skip
    assert composed({"e\u0301": ["e\u0301"]}) == {"é": ["é"]}


def test_another_seed_mix_or_truth_is_another_set() -> None:
    records = production(400)
    ids = {
        built(records).manifest.set_id,
        built(records, seed=8, per_type=40).manifest.set_id,
        built(records, mix={"invoice": 1, "lease": 2}).manifest.set_id,
        built([record(1), *records]).manifest.set_id,
    }

    assert len(ids) == 4


def test_weights_give_each_type_its_share_of_production_and_are_never_capped() -> None:
    asked = [("invoice", 0.02)] * 90 + [("invoice", 0.0001), ("invoice", None)] + [("lease", 1.0)] * 10
    weights = weigh(asked, {"invoice": 0.25, "lease": 0.75}, 100)

    assert sum(weights) == pytest.approx(100)
    assert sum(weights[92:]) / 100 == pytest.approx(0.75)
    assert weights[90] == pytest.approx(200 * weights[0])
    assert weights[91] == 0.0


def test_audits_weigh_what_they_stand_for() -> None:
    records = [record(n) for n in range(10)]
    records += [record(n, lane="routed", inclusion=1.0) for n in range(10, 60)]
    made = built(records)
    audit = next(float(r.w) for r in made.records if r.lane == "audit")
    routed = next(float(r.w) for r in made.records if r.lane == "routed")

    assert audit / routed == pytest.approx(50.0, rel=1e-4)


def test_a_document_that_was_asked_for_a_part_weighs_nothing_among_whole_ones() -> None:
    records = [record(n) for n in range(40)]
    records += [record(n, lane="routed", inclusion=1.0, asked=("due",)) for n in range(40, 90)]
    made = built(records)

    assert {r.w for r in made.records if r.lane == "audit"} == {"1"}
    assert {r.w for r in made.records if r.lane == "routed"} == {"0"}
    assert float(made.manifest.types["invoice"].effective) == pytest.approx(40.0)


def test_documents_that_share_the_one_answer_that_was_asked_are_no_duplicates() -> None:
    said = {"due": None}
    asked = [
        record(n, lane="routed", inclusion=1.0, asked=("due",), values=said, family="f" * 64)
        for n in range(40)
    ]
    made = built([*asked, *(record(100 + n, family="f" * 64) for n in range(4))])

    assert made.manifest.lanes == {"audit": 4, "routed": 40}
    assert made.manifest.exclusions == ()


def test_a_set_without_audits_is_refused_or_stamped() -> None:
    records = [record(n, lane="routed", inclusion=1.0) for n in range(40)]

    with pytest.raises(BiasedError, match="--accept-biased"):
        built(records)
    stamped = built(records, accept_biased=True).manifest
    assert stamped.stamp is not None
    assert stamped.stamp.startswith("biased")


def test_where_people_were_asked_about_nearly_everything_no_audit_is_missed() -> None:
    said = [record(n, lane="routed", inclusion=1.0) for n in range(40)]
    made = build(truths_of(said), types("invoice"), wanted(mix={"invoice": 1.0}, looked_at=0.97))

    assert made.manifest.stamp is None
    assert not made.manifest.sampling.biased
    with pytest.raises(BiasedError):
        build(truths_of(said), types("invoice"), wanted(mix={"invoice": 1.0}, looked_at=0.6))


def test_nothing_reviewed_is_said_in_one_sentence() -> None:
    with pytest.raises(NothingReviewedError, match="no reviewed document"):
        built([])


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (record(1, left_out=True), "near two families"),
        (record(1, reviewed_at=NOW + timedelta(days=2)), "dated in the future: a clock was wrong"),
        (record(1, schema_digest="f" * 64), "of a schema that is not in the store"),
    ],
)
def test_what_may_not_be_in_a_set_is_counted_with_its_reason(spoilt: ReviewedRecord, why: str) -> None:
    made = built([spoilt, *(record(n) for n in range(2, 9))])

    assert [(e.reason, e.documents) for e in made.manifest.exclusions] == [(why, 1)]
    assert spoilt.document_id not in {r.doc.id for r in made.records}


def test_examples_and_duplicates_and_hurried_reviewers_are_left_out() -> None:
    first = record(1)
    again = record(2, values={"seller": "Shop 1 Ltd", "total": "1.50"}, family=first.family)
    example = record(3)
    hurried = frozenset({"r1"})
    truths = truths_of([first, again, example, record(4), record(5)], hurried)
    made = build(truths, TYPES, wanted(examples=frozenset({example.document_id})))

    assert {e.reason: e.documents for e in made.manifest.exclusions} == {
        "decided by reviewers faster than anybody reads (weight 0)": 2,
        "examples of a type": 1,
    }
    assert len(made.records) == 2
    alike = build(truths_of([first, again, record(5)]), TYPES, wanted())
    assert {e.reason for e in alike.manifest.exclusions} == {"duplicates of another one"}


def test_hard_cases_are_a_slice_of_their_own() -> None:
    made = built([record(n, hard=n == 3) for n in range(40)])

    assert [r.w for r in made.records if r.hard] == ["1"]
    assert made.manifest.types["invoice"].hard == 1


def test_a_fifth_is_sealed() -> None:
    made = built(production(1500), per_type=1000)
    share = sum(r.sealed for r in made.records) / len(made.records)

    assert abs(share - SEALED) < 0.05


def test_unreviewed_fields_are_missing_and_absent_ones_are_null() -> None:
    made = built([record(1, values={"due": None}), record(2, lane="routed", inclusion=1.0, asked=("total",))])
    truths = {tuple(sorted(r.truth)): r.truth for r in made.records}

    assert truths["due", "seller", "total"]["due"] is None
    assert set(truths) == {("due", "seller", "total"), ("total",)}


def test_an_adjudicators_word_outranks_a_later_one() -> None:
    first = record(1, values={"total": "1.00"})
    settled = record(1, lane="adjudication", values={"total": "2.00"}, reviewed_at=NOW - timedelta(days=9))
    later = record(1, lane="routed", inclusion=1.0, values={"total": "3.00"}, reviewed_at=NOW)

    (truth,) = truths_of([later, settled, first])

    assert truth.fields["total"].field.values == ("2.00",)


async def test_a_set_is_kept_found_and_pointed_at() -> None:
    store, one = MemoryStore(), built(production(60))
    assert await keep_set(store, one, by="anna", now=NOW)
    assert not await keep_set(store, one, by="anna", now=NOW)
    other = built(production(90), parent=one.manifest.set_id)
    assert await keep_set(store, other, by="anna", now=NOW)

    assert await current_id(store, "main") == other.manifest.set_id
    assert (await find_set(store, "main")).set_id == other.manifest.set_id
    assert (await find_set(store, one.manifest.set_id[:12])).set_id == one.manifest.set_id
    assert [(k.manifest.set_id, k.current) for k in await list_sets(store)].count(
        (other.manifest.set_id, True)
    ) == 1
    with pytest.raises(UnknownSetError, match="main"):
        await find_set(store, "nosuch")


async def test_a_set_edited_by_hand_names_what_was_changed() -> None:
    store, made = MemoryStore(), built(production(60))
    await keep_set(store, made, by="anna", now=NOW)
    key = f"{eval_keys.eval_set('main', made.manifest.set_id)}/records.jsonl"
    store.objects[key] = store.objects[key].replace(b'.50"', b'.59"', 1)

    with pytest.raises(TamperedSetError, match="its truth was changed"):
        await load_records(store, made.manifest)
    store.objects[key] = records_bytes(made.records).replace(b'"hard":false', b'"hard":true', 1)
    with pytest.raises(TamperedSetError, match="the set's digest is"):
        await load_records(store, made.manifest)
    store.objects[key] = records_bytes(made.records).replace(b":", b": ", 1)
    with pytest.raises(TamperedSetError, match="canonical"):
        await load_records(store, made.manifest)


async def test_an_erased_document_leaves_its_id_and_nothing_else() -> None:
    store, made = MemoryStore(), built(production(60))
    await keep_set(store, made, by="anna", now=NOW)
    victim = made.records[0]

    assert await entomb(store, victim.doc.id) == [made.manifest.set_id]

    kept = await load_records(store, made.manifest)
    gone = next(r for r in kept if r.rid == victim.rid)
    assert (gone.tombstone, gone.truth) == (True, {})
    assert sum(not r.tombstone for r in kept) == len(made.records) - 1


async def test_a_comparison_counts_once_however_often_it_is_repeated() -> None:
    store = MemoryStore()

    assert [await note_use(store, "a" * 64, ["x", "y"]) for _ in range(3)] == [1, 1, 1]
    assert await note_use(store, "a" * 64, ["x", "z"]) == 2
    assert await uses_of(store, "b" * 64) == 0
