"""Originals are read once for all runs of a bench, but what the machine had no time for is read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.reading import block_of
from pages.reader import Refusal
from schemas.classification import RejectReason


@dataclass
class Refusing:
    reason: RejectReason
    asked: int = 0

    async def read(self, data: bytes) -> Refusal:
        self.asked += 1
        return Refusal(self.reason, "It can't be read.", "application/pdf")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        (RejectReason.TIME_LIMIT, 2),
        (RejectReason.MEMORY_LIMIT, 2),
        (RejectReason.PASSWORD_REQUIRED, 1),
    ],
)
async def test_only_what_is_the_files_own_fault_is_remembered(
    tmp_path: Path, reason: RejectReason, asked: int
) -> None:
    original, reader = tmp_path / "a.pdf", Refusing(reason)
    original.write_bytes(b"%PDF")

    for _ in range(2):
        assert await block_of(reader.read, original, tmp_path / "cache") is None

    assert reader.asked == asked
