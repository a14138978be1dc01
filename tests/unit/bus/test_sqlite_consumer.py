"""A member of a group on the embedded log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from bus.protocol import Partition, Record, Span
from bus.sqlite_consumer import Member
from schemas.errors import TransientError
from tests.contract.bus.support import now

pytestmark = pytest.mark.anyio

FIRST, SECOND = Partition("t", 0), Partition("t", 1)


class Faulty:
    """Two partitions of two records each; the first read of the second one fails."""

    def __init__(self) -> None:
        self.failures = 1

    @property
    def ends(self) -> Mapping[Partition, int]:
        """Return that both hold two."""
        return {FIRST: 2, SECOND: 2}

    def read(self, partition: Partition, start: int, limit: int) -> Sequence[Record]:
        """Return what is left from ``start`` on."""
        if partition == SECOND and self.failures:
            self.failures -= 1
            raise TransientError("the disk reports an I/O error", target="bus")
        found = [Record("t", partition.number, offset, "k", b"", now()) for offset in range(start, 2)]
        return found[:limit]

    def standing(self, group: str, partitions: Collection[Partition]) -> dict[Partition, Span]:
        """Return that nothing is finished."""
        return dict.fromkeys(partitions, Span(0, 2))

    async def advance(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Keep nothing."""


async def test_what_was_read_before_a_read_that_fails_is_delivered() -> None:
    member = Member(Faulty(), ["t"], "g", None)
    await member.take_over([FIRST, SECOND])

    polls = [await member.poll(8, 0.0) for _ in range(3)]

    assert [[(r.partition, r.offset) for r in records] for records in polls] == [
        [(0, 0), (0, 1)],
        [(1, 0), (1, 1)],
        [],
    ]


async def test_a_read_that_fails_before_anything_was_read_is_told_and_costs_nothing() -> None:
    log = Faulty()
    member = Member(log, ["t"], "g", None)
    await member.take_over([SECOND])

    with pytest.raises(TransientError, match="I/O error"):
        await member.poll(8, 0.0)
    records = await member.poll(8, 0.0)

    assert [record.offset for record in records] == [0, 1]
