"""Files of digitised logs: whole or not there, whatever ends the writer and wherever it is cut."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import TransientError
from schemas.results import ArtifactKind
from store.artifacts import ContractError, check_artifact, serialise
from store.curves import (
    HEAD,
    Mask,
    curve_bytes,
    curve_problems,
    mask_bytes,
    mask_problems,
    read_curve,
    read_mask,
)
from store.log_files import BatchSizeError, LogFiles, put_curve, put_log, put_logs
from store.memory import MemoryStore
from store.objects import FileStore
from store.protocol import ObjectStore
from tests.unit.store import made

pytestmark = pytest.mark.anyio

FILES = LogFiles("request-1", made.KEY, made.LOG, made.PAINTED, {"curve_1": made.CURVE_ROWS})
KEYS = (made.MASK_KEY, made.CURVE_KEY, made.LOG_KEY)


def other(number: int, **changes: object) -> LogFiles:
    key = f"{number:064x}"
    return replace(FILES, request_id=f"request-{number}", key=key, **changes)  # type: ignore[arg-type]


def test_what_is_serialised_is_read_back_equal() -> None:
    assert read_curve(curve_bytes(made.CURVE_ROWS)) == made.CURVE_ROWS
    assert read_mask(mask_bytes(made.PAINTED)) == made.PAINTED


def test_a_curve_or_mask_cut_at_any_byte_breaks_its_contract() -> None:
    curve, mask = curve_bytes(made.CURVE_ROWS), mask_bytes(made.PAINTED)

    assert curve_problems(curve) == mask_problems(mask) == []
    for end in [*range(0, len(curve) - 40, 61), *range(len(curve) - 40, len(curve))]:
        assert curve_problems(curve[:end]), end
    for end in range(len(mask)):
        assert mask_problems(mask[:end]), end


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda rows: rows[:-1], "299 rows"),
        (lambda rows: (*rows, (2000.0, 1.0)), "301 rows"),
        (lambda rows: (rows[1], rows[0], *rows[2:]), "no deeper than the one before"),
        (lambda rows: (rows[0], rows[0], *rows[2:]), "no deeper than the one before"),
        (lambda rows: ((rows[0][0], float("nan")), *rows[1:]), "holds a number that is none"),
        (lambda rows: ((rows[0][0], float("inf")), *rows[1:]), "holds a number that is none"),
    ],
)
async def test_a_curve_that_breaks_its_contract_is_not_written(change: object, problem: str) -> None:
    store = MemoryStore()

    with pytest.raises(ContractError, match=problem):
        await put_curve(store, made.DOCUMENT, made.KEY, "curve_1", change(made.CURVE_ROWS))  # type: ignore[operator]
    assert store.objects == {}


async def test_a_curve_under_another_prefix_is_not_written() -> None:
    with pytest.raises(ContractError, match="is not of the form"):
        await put_curve(MemoryStore(), made.DOCUMENT, made.KEY, "gamma_ray", made.CURVE_ROWS)


def test_a_curve_is_read_by_its_head_and_its_rows() -> None:
    data = curve_bytes(made.CURVE_ROWS)

    assert curve_problems(data.replace(HEAD.encode(), b"depth;value", 1)) == [
        "it does not begin with 'depth,value'"
    ]
    assert curve_problems(data.replace(b"75.00000", b"seventy", 1)) == ["row 1 is no depth and value"]
    assert "the bytes are not as doctrail writes them" in curve_problems(
        data.replace(b"75.00000", b"75.0", 1)
    )


def test_a_mask_holds_three_classes_and_all_its_pixels() -> None:
    strange = mask_bytes(Mask(8, 6, bytes([7]) + made.PAINTED.classes[1:]))
    short = mask_bytes(Mask(8, 7, made.PAINTED.classes))

    assert mask_problems(strange) == ["it holds a class 7"]
    assert mask_problems(short) == ["it does not hold 8 by 7 pixels"]


async def test_a_mask_of_another_shape_than_its_page_is_refused_before_anything_is_written() -> None:
    store = MemoryStore()
    wide = replace(FILES, mask=Mask(9, 6, bytes(54)))

    with pytest.raises(ContractError, match="it measures 9 by 6 pixels, its page 8 by 6"):
        await put_log(store, wide)
    assert store.objects == {}


async def test_each_request_of_a_batch_has_its_own_line_and_one_refused_keeps_no_other_out() -> None:
    store = MemoryStore()
    batch = [other(1), other(2, curves={"curve_1": made.CURVE_ROWS[:7]}), other(3)]

    lines = await put_logs(store, batch)

    assert [line.request_id for line in lines] == ["request-1", "request-2", "request-3"]
    assert [line.ref is not None for line in lines] == [True, False, True]
    assert "7 rows, not 300" in (lines[1].problem or "")
    assert all(check_artifact(kind_of(key), key, data) == [] for key, data in store.objects.items())
    assert not any("/digitised/" in key and f"{2:064x}" in key for key in store.objects)


@pytest.mark.parametrize("count", [0, 17])
async def test_a_batch_holds_one_to_sixteen(count: int) -> None:
    with pytest.raises(BatchSizeError, match="from 1 to 16"):
        await put_logs(MemoryStore(), [other(number) for number in range(count)])


async def test_sixteen_are_written_and_written_again_the_same() -> None:
    store = MemoryStore()
    batch = [other(number) for number in range(16)]

    first = await put_logs(store, batch)
    stands = dict(store.objects)

    assert await put_logs(store, batch) == first
    assert store.objects == stands


def test_a_log_is_offline_what_it_is_online(tmp_path: Path) -> None:
    async def both() -> tuple[dict[str, bytes], dict[str, bytes]]:
        memory, disk = MemoryStore(), FileStore(tmp_path / "objects")
        await put_log(memory, FILES)
        await put_log(disk, FILES)
        found = {key: await disk.fetch(key) or b"" for key in KEYS}
        disk.close()
        return memory.objects, found

    kept, found = asyncio.run(both())

    assert kept == found
    assert found[made.CURVE_KEY] == curve_bytes(made.CURVE_ROWS)


def test_a_write_that_is_cut_at_any_byte_range_shows_nothing_half(tmp_path: Path) -> None:
    sizes = sorted(
        {*range(0, len(curve_bytes(made.CURVE_ROWS)) + 400, 311), 1, 8, len(mask_bytes(made.PAINTED))}
    )

    longest = max(len(serialise(value)) for _, value in (made.SOUND[kind_of(key)] for key in KEYS))  # type: ignore[arg-type]

    for size in sizes:
        store = FileStore(tmp_path / str(size))
        try:
            with files_end_at(size):
                acknowledged = asyncio.run(written(store))
            asyncio.run(only_whole(store))
            assert acknowledged == (size >= longest), size
            # Whoever comes after finishes it.
            asyncio.run(put_log(store, FILES))
            assert asyncio.run(present(store)) == set(KEYS)
        finally:
            store.close()


async def written(store: ObjectStore) -> bool:
    """Write as far as the disk lets us; whether it was acknowledged."""
    try:
        await put_log(store, FILES)
    except TransientError:
        return False
    return True


async def only_whole(store: ObjectStore) -> None:
    stands = await present(store)
    for key in stands:
        assert check_artifact(kind_of(key), key, await store.fetch(key) or b"") == [], key
    # What names the files is there only with all of them.
    assert made.LOG_KEY not in stands or stands == set(KEYS)


async def present(store: ObjectStore) -> set[str]:
    return {key async for key in store.list("documents")}


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size`` bytes: a write is cut there, as by a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def kind_of(key: str) -> ArtifactKind:
    return ArtifactKind(key.split("/")[3])
