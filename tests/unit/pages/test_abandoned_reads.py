"""Reads that nobody waits for any more."""

from __future__ import annotations

import asyncio
import resource
import signal
from dataclasses import replace

import pytest

from pages.reader import PageReader
from schemas.classification import RejectReason
from tests.unit.pages.making import recursing_pdf
from tests.unit.pages.readings import LEASE, LIMITS, Answer, document, process_of, reading, refused

SMALL_MEMORY_BYTES = 200_000_000


@pytest.mark.parametrize("when", ["before it is begun", "in the middle"])
def test_a_cancelled_read_gives_its_place_to_the_next_and_is_not_tried_again(when: str) -> None:
    async def use(reader: PageReader) -> tuple[Answer, float]:
        if when == "in the middle":
            await reader.read(LEASE)
            looping = await being_read(reader)
        else:
            looping = asyncio.ensure_future(reader.read(recursing_pdf()))
            # Its thread has the file in hand once the only process is taken.
            while not reader._idle.empty():  # noqa: ASYNC110 (it is told to nobody)
                await asyncio.sleep(0)
        looping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looping
        began = process_time_of_children()
        return await reader.read(LEASE), process_time_of_children() - began

    answer, seconds = reading(use)

    assert document(answer).page_count == 1
    # A try more would compute until it meets its limit.
    assert seconds < LIMITS.step_cpu_seconds


def test_closing_a_reader_ends_what_it_reads_at_once_and_blames_no_file() -> None:
    async def use() -> None:
        async with PageReader(LIMITS, 1) as reader:
            await reader.read(LEASE)
            looping = await being_read(reader)
        with pytest.raises(RuntimeError, match="this reader is closed"):
            await looping

    began = process_time_of_children()
    asyncio.run(use())

    assert process_time_of_children() - began < LIMITS.step_cpu_seconds


async def being_read(reader: PageReader) -> asyncio.Future[Answer]:
    """Return the reading of a file that never ends, once the process computes on it."""
    process = process_of(reader)
    before = process.cpu_times()
    looping = asyncio.ensure_future(reader.read(recursing_pdf()))
    while process.cpu_times() == before:  # noqa: ASYNC110 (it is told to nobody)
        await asyncio.sleep(0)
    return looping


def process_time_of_children() -> float:
    """Return the CPU seconds of the reading processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_large_program_takes_a_crash_for_no_lack_of_memory() -> None:
    # What is started is born with the memory of whoever started it, as the system counts.
    ballast = bytearray(LIMITS.memory_bytes)
    ballast[::4096] = b"x" * len(ballast[::4096])

    async def use(reader: PageReader) -> Answer:
        await reader.read(LEASE)
        victim = process_of(reader)
        doomed = asyncio.ensure_future(reader.read(recursing_pdf()))
        await asyncio.sleep(0)
        await reader.read(LEASE)
        victim.send_signal(signal.SIGSEGV)
        return await doomed

    crashed = reading(use, workers=2)

    assert refused(crashed).reason is RejectReason.UNREADABLE
    assert len(ballast) == LIMITS.memory_bytes


def test_a_large_program_tells_lack_of_memory_by_how_the_process_ended() -> None:
    # Above what the reading process may have: its own peak can't be seen beside what it was born with.
    ballast = bytearray(2 * SMALL_MEMORY_BYTES)
    ballast[::4096] = b"x" * len(ballast[::4096])

    async def use(reader: PageReader) -> Answer:
        return await reader.read(recursing_pdf())

    greedy = reading(use, limits=replace(LIMITS, memory_bytes=SMALL_MEMORY_BYTES))

    assert refused(greedy).reason is RejectReason.MEMORY_LIMIT
    assert len(ballast) == 2 * SMALL_MEMORY_BYTES
