"""Where the tables of the records go: beside the file that was named, or nowhere, which is said."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from app.actions.records import Written, write_records_csv
from ops.record_row import RecordRow
from store.files import FileNotWrittenError
from tests.unit.ops.rows import with_lines

pytestmark = pytest.mark.anyio


async def bills() -> AsyncIterator[RecordRow]:
    yield with_lines(
        1, {"description": "Screws", "amount": "4.10"}, {"description": "Bolts", "amount": "5.00"}
    )


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_list_of_rows_stands_beside_the_records(tmp_path: Path) -> None:
    written = await write_records_csv(bills(), tmp_path / "bills.2026.csv")

    assert written == Written(1, ((tmp_path / "bills.2026.lines.csv", 2),))
    assert names_in(tmp_path) == ["bills.2026.csv", "bills.2026.lines.csv"]


@pytest.mark.parametrize("out", [None, Path(os.devnull)])
async def test_what_has_nothing_beside_it_takes_the_records_alone(out: Path | None) -> None:
    screen = io.StringIO()

    with redirect_stdout(screen):
        written = await write_records_csv(bills(), out)

    assert written == Written(1, (), ("lines",))
    assert "Screws" not in screen.getvalue()


async def test_the_records_are_not_written_where_their_rows_could_not_be(tmp_path: Path) -> None:
    (tmp_path / "bills.lines.csv").mkdir()

    with pytest.raises(FileNotWrittenError):
        await write_records_csv(bills(), tmp_path / "bills.csv")

    assert not (tmp_path / "bills.csv").exists()
