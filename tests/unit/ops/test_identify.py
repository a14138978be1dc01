from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.connect import connect
from catalog.database import Catalog
from catalog.rebuild import rebuild
from ops.identify import AmbiguousIdError, Identified, UnknownIdError, identify, identify_erased
from store.erasures import Erasure, begin_erasure
from store.memory import MemoryStore
from tests.unit.ops import documents

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def catalog_of(store: MemoryStore, folder: Path) -> AsyncIterator[Catalog]:
    async with connect(f"sqlite:///{folder}/catalog.db") as catalog:
        await rebuild(catalog, store)
        yield catalog


async def test_a_whole_id_is_answered_without_a_catalog() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    run = made.runs[0].run_id
    submission = next(key for key in store.objects if key.startswith("submissions/"))

    of_document = await identify(store, None, made.document_id)
    of_run = await identify(store, None, run)
    of_submission = await identify(store, None, submission.split("/")[1].removesuffix(".json"))

    assert of_document == of_submission == Identified(document_id=made.document_id)
    assert of_run == Identified(document_id=made.document_id, run_id=run)


async def test_a_dead_letters_id_means_its_document() -> None:
    store = MemoryStore()
    made = await documents.dead_lettered(store)
    event_id = next(key for key in store.objects if key.startswith("dead_letters/")).split("/")[1]

    assert await identify(store, None, event_id) == Identified(document_id=made.document_id)


async def test_a_file_is_known_by_its_bytes_whatever_it_is_called_now(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.accepted(store, b"the bytes")
    renamed = tmp_path / "renamed.png"
    renamed.write_bytes(b"the bytes")

    assert await identify(store, None, str(renamed)) == Identified(document_id=made.document_id)


@pytest.mark.parametrize("indexed", [True, False])
async def test_a_unique_prefix_is_enough(tmp_path: Path, indexed: bool) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    run = made.runs[0].run_id
    async with catalog_of(store, tmp_path) as catalog:
        index = catalog if indexed else None

        assert await identify(store, index, made.document_id[:6]) == Identified(document_id=made.document_id)
        assert await identify(store, index, run[:9]) == Identified(document_id=made.document_id, run_id=run)


@pytest.mark.parametrize("indexed", [True, False])
async def test_a_prefix_of_several_documents_is_refused_and_they_are_named(
    tmp_path: Path, indexed: bool
) -> None:
    store = MemoryStore()
    made = [await documents.accepted(store, b"receipt %d" % number) for number in range(40)]
    first = [one.document_id for one in made]
    letter = max("0123456789abcdef", key=lambda digit: sum(one.startswith(digit) for one in first))
    meant = [one[:12] for one in first if one.startswith(letter)]
    async with catalog_of(store, tmp_path) as catalog:
        with pytest.raises(AmbiguousIdError) as refused:
            await identify(store, catalog if indexed else None, letter)

    assert any(one in str(refused.value) for one in meant)
    assert "give more of the id" in str(refused.value)


async def test_a_name_or_path_that_was_submitted_means_its_document(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    async with catalog_of(store, tmp_path) as catalog:
        assert await identify(store, catalog, "receipt-03.png") == Identified(document_id=made.document_id)


async def test_an_unknown_id_gets_close_matches(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    async with catalog_of(store, tmp_path) as catalog:
        with pytest.raises(UnknownIdError, match=r"close matches: .*receipt-03\.png"):
            await identify(store, catalog, "reciept-03.png")
        mistyped = made.document_id[:5] + ("0" if made.document_id[5] != "0" else "1")
        with pytest.raises(UnknownIdError, match=made.document_id[:12]):
            await identify(store, catalog, mistyped)


@pytest.mark.parametrize("wanted", ["", "\x00", "no such\x1b[2J file", "0" * 64, "a" * 5000])
async def test_nonsense_is_refused_in_one_visible_sentence(tmp_path: Path, wanted: str) -> None:
    store = MemoryStore()
    await documents.accepted(store)
    async with catalog_of(store, tmp_path) as catalog:
        for index in (catalog, None):
            with pytest.raises((UnknownIdError, AmbiguousIdError)) as refused:
                await identify(store, index, wanted)

            assert str(refused.value).isprintable()


@pytest.mark.parametrize("indexed", [True, False])
async def test_an_erased_document_is_known_by_the_beginning_of_its_id_and_of_a_part_or_a_run(
    tmp_path: Path, indexed: bool
) -> None:
    store = MemoryStore()
    top, part, run = "ab" * 32, "cd" + "0" * 6 + "-0000-5000-8000-000000000000", "ef" + "0" * 34
    begun = Erasure(
        document_id=top, number=1, documents=(top, part), runs=(run,), objects=(), reason="asked", by="ann",
        at=NOW,
    )  # fmt: skip
    await begin_erasure(store, begun)
    async with catalog_of(store, tmp_path) as catalog:
        index = catalog if indexed else None
        for typed, meant in ((top, top), (top[:6], top), (part[:4], part), (run[:4], top)):
            found = await identify_erased(store, typed)
            assert found is not None
            assert (found.document_id, found.top, found.finished) == (meant, top, False)
            with pytest.raises(
                UnknownIdError, match=f"{meant[:12]} was half erased: doctrail erase {top[:12]}"
            ):
                await identify(store, index, typed)
        assert await identify_erased(store, "scan.pdf") is None
        assert await identify_erased(store, "0" * 64) is None


async def test_the_beginning_of_several_erased_documents_is_refused_and_they_are_named() -> None:
    store = MemoryStore()
    for document_id in ("ab" * 32, "ac" * 32):
        begun = Erasure(
            document_id=document_id, number=1, documents=(document_id,), runs=(), objects=(), reason="asked",
            by="ann", at=NOW,
        )  # fmt: skip
        await begin_erasure(store, begun)

    with pytest.raises(AmbiguousIdError, match="abababababab, acacacacacac"):
        await identify_erased(store, "a")
