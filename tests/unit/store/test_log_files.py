"""Files of digitised logs: whole or not there, whatever ends the writer and wherever it is cut."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.results import ArtifactKind
from store.artifacts import ContractError, check_artifact
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


def test_a_writer_that_is_killed_at_any_byte_range_leaves_nothing_half() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.chaos.curves", "--step", "499"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert (told.returncode, told.stderr) == (0, "")
    assert "0 saw something half" in told.stdout


def kind_of(key: str) -> ArtifactKind:
    return ArtifactKind(key.split("/")[3])
