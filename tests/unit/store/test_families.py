from __future__ import annotations

import random

import pytest

from store import keys
from store.families import NEAR, assign_family, bands_of, family_of, likeness, sketch_of
from store.memory import MemoryStore
from store.pools import TRAINING_SHARE, Pool, pool_of, pool_secret
from store.submissions import links

pytestmark = pytest.mark.anyio


def text(seed: int, *, words: int = 400, changed: int = 0) -> str:
    drawn = random.Random(seed)
    said = [f"word{drawn.choice('abcdefghij')}{drawn.choice('klmnopqrst')}{drawn.choice('uvwxyz')}"
            for _ in range(words)]  # fmt: skip
    for at in random.Random(seed + 1).sample(range(words), changed):
        said[at] = "other"
    return " ".join(said)


def document(number: int) -> str:
    return f"{number:064x}"


def test_equal_texts_have_equal_sketches_whatever_their_digits_case_and_spaces() -> None:
    assert sketch_of("Invoice 12 of\n Example Ltd, due 2026") == sketch_of(
        "INVOICE 98 of example ltd  due 1999"
    )
    assert sketch_of("") == sketch_of(" \n.") == ()
    assert likeness((), sketch_of("a b c d")) == 0.0


def test_likeness_follows_the_share_of_common_runs() -> None:
    whole = sketch_of(text(1))

    assert likeness(whole, sketch_of(text(1, changed=4))) > 0.85
    assert likeness(whole, sketch_of(text(2))) < 0.1


async def test_a_near_duplicate_is_of_the_family_of_the_earlier_document() -> None:
    store = MemoryStore()
    first = await assign_family(store, document(1), text(1))
    near = await assign_family(store, document(2), text(1, changed=3))
    far = await assign_family(store, document(3), text(2))

    assert (first.name, near.name, far.name) == (document(1), document(1), document(3))
    assert [first.near, near.near, far.near] == [(), (), ()]


async def test_pairs_that_are_just_near_enough_find_each_other() -> None:
    apart, near = 0, 0
    for seed in range(0, 700, 7):
        one, other = text(seed), text(seed, changed=20)
        if likeness(sketch_of(one), sketch_of(other)) >= NEAR:
            store = MemoryStore()
            families = [await assign_family(store, document(n), said) for n, said in ((1, one), (2, other))]
            near, apart = near + 1, apart + (families[0].name != families[1].name)

    assert near > 30
    assert apart == 0


async def test_a_family_once_assigned_never_changes() -> None:
    store = MemoryStore()
    before = await assign_family(store, document(2), text(2))
    await assign_family(store, document(1), text(1))
    again = await assign_family(store, document(2), text(1))

    assert again.name == before.name
    assert await family_of(store, document(2)) == before


async def test_the_parts_of_a_packet_are_one_family_whatever_they_say() -> None:
    store = MemoryStore()
    await assign_family(store, document(1), text(1))
    for part in (2, 3):
        await store.create(keys.family(document(part)), document(9).encode())
    alike = await assign_family(store, document(2), text(1))
    other = await assign_family(store, document(3), text(5))

    assert (alike.name, other.name) == (document(1), document(1))


async def test_families_that_were_found_near_are_kept() -> None:
    store = MemoryStore()
    await assign_family(store, document(1), text(1))
    await store.create(keys.family(document(2)), document(9).encode())
    await assign_family(store, document(2), text(5))
    late = await assign_family(store, document(3), text(1))

    assert await family_of(store, document(3)) == late


async def test_a_document_near_two_families_names_the_other_and_is_in_no_pool() -> None:
    store = MemoryStore()
    one, other = text(1), text(1, changed=2)
    await assign_family(store, document(1), one)
    # Two that came at the same moment: the second saw nothing of the first yet.
    parts = {key: value for key, value in store.objects.items() if key.startswith("families/")}
    for key in parts:
        del store.objects[key]
    await assign_family(store, document(2), other)
    store.objects |= {key: parts[key] for key in sorted(parts)[:3]}
    late = await assign_family(store, document(3), text(1, changed=1))

    assert {late.name, *late.near} == {document(1), document(2)}
    assert pool_of(b"key", late.name, left_out=bool(late.near)) is Pool.NEITHER


async def test_the_index_is_noted_with_the_document_it_came_from() -> None:
    store = MemoryStore()
    await assign_family(store, document(1), text(1))
    await assign_family(store, document(2), text(1))
    bands = sorted(keys.family_band(band) for band in bands_of(sketch_of(text(1))))

    assert await links(store, document(1)) == bands
    assert await links(store, document(2)) == []


async def test_a_text_of_no_words_founds_a_family_of_its_own() -> None:
    store = MemoryStore()

    assert (await assign_family(store, document(1), "")).name == document(1)
    assert (await assign_family(store, document(2), "")).name == document(2)


async def test_the_key_of_the_pools_is_made_once() -> None:
    store = MemoryStore()

    assert await pool_secret(store) == await pool_secret(store)
    assert len(await pool_secret(store)) == 64


def test_families_keep_their_pool_and_fall_into_them_by_the_stated_share() -> None:
    drawn = [pool_of(b"key", document(number)) for number in range(4000)]

    assert drawn == [pool_of(b"key", document(number)) for number in range(4000)]
    assert drawn.count(Pool.TRAINING) / len(drawn) == pytest.approx(TRAINING_SHARE, abs=0.03)
    assert drawn != [pool_of(b"other", document(number)) for number in range(4000)]
    assert NEAR < 1
