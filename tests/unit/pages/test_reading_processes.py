"""The processes that meet the bytes: their limits, their deaths, and what is at hand in them."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pages.process.child import Child, Ended
from pages.process.wire import Request
from pages.reader import PageReader, ReadLimits
from schemas.classification import RejectReason
from schemas.errors import InvariantError
from tests.unit.pages.making import page_pdf, recursing_pdf, shown
from tests.unit.pages.readings import (
    LEASE,
    LIMITS,
    Answer,
    document,
    first_text,
    process_of,
    read,
    reading,
    refused,
)


def test_a_file_that_computes_without_end_is_refused_and_the_next_is_read() -> None:
    async def use(reader: PageReader) -> tuple[Answer, Answer]:
        return await reader.read(recursing_pdf()), await reader.read(LEASE)

    looping, lease = reading(use, replace(LIMITS, step_cpu_seconds=0.5))

    assert refused(looping).reason is RejectReason.TIME_LIMIT
    assert refused(looping).sentence.endswith("more than 0.5 s of computing on page 1")
    assert first_text(document(lease).layout) == "Lease of 3 March 2025"


def test_a_file_that_takes_all_memory_is_refused_and_the_next_is_read() -> None:
    async def use(reader: PageReader) -> tuple[Answer, Answer]:
        return await reader.read(recursing_pdf()), await reader.read(LEASE)

    greedy, lease = reading(use, replace(LIMITS, memory_bytes=200_000_000))

    assert refused(greedy).reason is RejectReason.MEMORY_LIMIT
    assert document(lease).page_count == 1


@pytest.mark.parametrize(
    "limits", [replace(LIMITS, step_seconds=0.3), replace(LIMITS, document_seconds=0.3)], ids=["step", "file"]
)
def test_waiting_ends_too(limits: ReadLimits) -> None:
    assert refused(read(recursing_pdf(), limits)).reason is RejectReason.TIME_LIMIT


def test_a_reading_process_that_crashes_harms_no_other_file() -> None:
    async def use(reader: PageReader) -> tuple[Answer, Answer]:
        await reader.read(LEASE)
        victim = process_of(reader)
        doomed = asyncio.ensure_future(reader.read(recursing_pdf()))
        await asyncio.sleep(0)
        other = asyncio.ensure_future(reader.read(LEASE))
        lease = await other
        victim.send_signal(signal.SIGSEGV)
        return await doomed, lease

    crashed, lease = reading(use, workers=2)

    assert refused(crashed).reason is RejectReason.UNREADABLE
    assert "the reading process broke off (exit -11)" in refused(crashed).sentence
    assert document(lease).page_count == 1


@pytest.mark.parametrize("kills", [1, 3])
def test_a_reading_process_killed_from_outside_is_no_fault_of_the_file_at_first(kills: int) -> None:
    async def use(reader: PageReader) -> Answer:
        await reader.read(LEASE)
        answer = asyncio.ensure_future(reader.read(recursing_pdf()))
        killed: set[int] = set()
        while len(killed) < kills:
            await asyncio.sleep(0.02)
            process = reader._children[0]._process
            if process is not None and process.pid not in killed:
                killed.add(process.pid)
                os.kill(process.pid, signal.SIGKILL)
        return await answer

    answer = refused(reading(use, replace(LIMITS, step_cpu_seconds=0.5)))

    assert answer.reason is (RejectReason.TIME_LIMIT if kills == 1 else RejectReason.UNREADABLE)


def test_a_program_with_more_than_a_thousand_open_files_reads_all_the_same() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert document(read(LEASE)).page_count == 1
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_that_died_while_it_had_nothing_to_do_is_replaced() -> None:
    async def use(reader: PageReader) -> Answer:
        await reader.read(LEASE)
        idle = process_of(reader)
        idle.kill()
        idle.wait(60)
        return await reader.read(LEASE)

    assert document(reading(use)).page_count == 1


def test_a_reading_process_that_does_not_start_blames_no_file(tmp_path: Path) -> None:
    class Crooked(Child):
        def _command(self) -> list[str]:
            return [sys.executable, str(tmp_path / "no such program")]

    request = Request(do="read", pages=1, page_pixels=1, document_seconds=240, parts=1, unpacked_bytes=1)

    with pytest.raises(InvariantError, match=r"does not start \(exit 2\)"):
        Crooked(LIMITS).ask(request, LEASE)


def test_what_lies_in_the_folder_one_stands_in_is_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)

    assert document(read(LEASE)).page_count == 1


def test_waiting_for_a_free_process_is_told_apart_from_reading() -> None:
    async def use(reader: PageReader) -> tuple[Answer, Answer]:
        first = asyncio.ensure_future(reader.read(LEASE))
        await asyncio.sleep(0)
        return await reader.read(LEASE), await first

    second, first = reading(use)

    assert document(second).waited > document(first).waited
    assert document(first) == document(second)


def test_many_files_wait_for_few_processes() -> None:
    async def use(reader: PageReader) -> tuple[list[Answer], int]:
        files = [page_pdf(shown(f"File {number}", 72, 720)) for number in range(12)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.read(data)) for data in files]
        started = sum(child._process is not None for child in reader._children)
        return [task.result() for task in tasks], started

    answers, started = reading(use, workers=2)

    assert [first_text(document(answer).layout) for answer in answers] == [f"File {n}" for n in range(12)]
    assert started == 2


def test_no_process_is_started_before_it_is_needed_and_none_is_left() -> None:
    async def use(reader: PageReader) -> tuple[bool, psutil.Process]:
        before = any(child._process for child in reader._children)
        await reader.read(LEASE)
        return before, process_of(reader)

    before, process = reading(use, workers=2)

    assert not before
    assert not process.is_running()


def test_the_process_that_meets_the_bytes_has_no_secret_at_hand() -> None:
    async def use(reader: PageReader) -> dict[str, str]:
        await reader.read(LEASE)
        return process_of(reader).environ()

    os.environ["DOCTRAIL_TEST_SECRET"] = "hunter2"  # noqa: S105 (a made-up one)
    try:
        seen = reading(use)
    finally:
        del os.environ["DOCTRAIL_TEST_SECRET"]

    assert "hunter2" not in seen.values()


ORPHAN = """
import asyncio
from pages.process.child import Child, Ended
from pages.reader import PageReader, ReadLimits

async def main():
    async with PageReader(ReadLimits(), 1) as reader:
        await reader.read(b"Lease")
        print(reader._children[0]._process.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_reading_process_dies_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    gone, alive = psutil.wait_procs([child], timeout=60)

    assert (gone, alive) == ([child], [])


GREEDY_THEN_BROKEN = """
import os, pathlib, signal, sys
from pages.process.wire import Kind, frame
sys.stdout.buffer.write(frame(Kind.PROGRESS, b"0"))
sys.stdout.flush()
before = pathlib.Path(sys.argv[1])
if before.exists():
    os.kill(os.getpid(), signal.SIGSEGV)
before.touch()
held = b"x" * 300_000_000
signal.pause()
"""


def test_a_process_that_crashes_is_not_blamed_for_the_memory_of_the_one_before_it(tmp_path: Path) -> None:
    class Crooked(Child):
        def _command(self) -> list[str]:
            return [sys.executable, "-c", GREEDY_THEN_BROKEN, str(tmp_path / "before")]

    child = Crooked(replace(LIMITS, memory_bytes=200_000_000))
    request = Request(do="read", pages=1, page_pixels=1, document_seconds=240, parts=1, unpacked_bytes=1)

    greedy, broken = child.ask(request, LEASE), child.ask(request, LEASE)

    assert isinstance(greedy, Ended)
    assert isinstance(broken, Ended)
    assert (greedy.reason, broken.reason) == (RejectReason.MEMORY_LIMIT, RejectReason.UNREADABLE)
