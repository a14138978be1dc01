from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from pages.process.child import Child
from pages.process.wire import Request
from pages.reader import PageReader, ReadDocument, ReadLimits, RenderError
from schemas.classification import RejectReason
from schemas.errors import InvariantError
from schemas.layout import MOST_POINTS, TextSource
from schemas.layout_block import parse_block, to_block
from tests.unit.pages import office_files
from tests.unit.pages.making import encoded, encrypted_pdf, page_pdf, picture, recursing_pdf, shown
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


def test_a_file_is_read_with_words_that_cover_their_line() -> None:
    found = document(read(LEASE))

    line = found.layout.pages[0].lines[0]
    assert (found.media_type, found.page_count) == ("application/pdf", 1)
    assert (line.id, line.text, line.source) == ("1.1", "Lease of 3 March 2025", TextSource.NATIVE)
    assert [line.text[word.start : word.end] for word in line.words] == line.text.split()
    assert line.box.x0 == line.words[0].box.x0
    assert found.quality.score == 1.0


@pytest.mark.parametrize("side", [b"99999999999999999999.5", b"2147482806"])
def test_a_page_that_claims_to_be_larger_than_a_town_is_read_and_fits_the_layout_block(side: bytes) -> None:
    words = b"BT /F1 24 Tf 72 720 Td (Hello there) Tj ET"
    data = page_pdf(words).replace(b"0 0 612 792", b"0 0 %s 792" % side)

    found = document(read(data))

    assert data.count(side) == 1
    assert found.layout.pages[0].width == MOST_POINTS
    assert parse_block(to_block(found.layout)).pages[0].width == MOST_POINTS


def test_equal_bytes_give_equal_layouts_in_different_processes() -> None:
    first, second = document(read(LEASE)), document(read(LEASE))

    assert first == second
    assert first.layout.model_dump_json() == second.layout.model_dump_json()


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"", RejectReason.EMPTY, "the file is empty"),
        (
            b"\x1f\x8b" + bytes(40),
            RejectReason.UNSUPPORTED_FORMAT,
            "(application/gzip): submit it as PDF, PNG",
        ),
        (b"PK\x03\x04" + bytes(40), RejectReason.UNREADABLE, "the archive's directory can't be read"),
        (bytes(range(256)), RejectReason.UNSUPPORTED_FORMAT, "application/octet-stream"),
        (encrypted_pdf("x"), RejectReason.PASSWORD_REQUIRED, "submit a copy without a password"),
        (b"%PDF-1.7 only the name", RejectReason.UNREADABLE, "damaged"),
        (page_pdf(b""), RejectReason.NO_TEXT, "no page of the file shows any text"),
        (b"   \n ", RejectReason.NO_TEXT, "no page of the file shows any text"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, reason: RejectReason, said: str) -> None:
    answer = refused(read(data))

    assert answer.reason is reason
    assert said in answer.sentence
    assert "\n" not in answer.sentence


def test_a_document_of_nothing_but_pictures_says_how_to_have_them_read() -> None:
    blip = f'<w:r><w:drawing><a:blip xmlns:a="{office_files.A}"/></w:drawing></w:r>'
    answer = refused(read(office_files.docx(office_files.paragraph(blip))))

    assert answer.reason is RejectReason.NO_TEXT
    assert "pictures in the text are not read (1); save it as PDF" in answer.sentence


def test_a_file_larger_than_allowed_is_refused_unread() -> None:
    answer = refused(read(b"x" * 2000, replace(LIMITS, file_bytes=1000)))

    assert answer.reason is RejectReason.TOO_LARGE


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

    request = Request(do="read", pages=1, page_pixels=1, document_seconds=9, parts=1, unpacked_bytes=1)

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
from pages.process.child import Child
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


def test_a_page_is_drawn_upright() -> None:
    data = page_pdf(shown("Lease", 72, 500), box=(0, 0, 400, 600))

    drawn = reading(lambda reader: reader.render(data, 1, 72))
    turned = reading(lambda reader: reader.render(data, 1, 72, rotation=90))

    assert Image.open(io.BytesIO(drawn)).size == (400, 600)
    assert Image.open(io.BytesIO(turned)).size == (600, 400)


def test_a_page_that_cannot_be_drawn_is_named_with_the_reason() -> None:
    with pytest.raises(RenderError, match=r"page 7 can't be drawn: .*page 7 could not be opened") as caught:
        reading(lambda reader: reader.render(LEASE, 7, 72))

    assert caught.value.reason == "unreadable"


@pytest.mark.slow
def test_a_turned_scan_is_drawn_the_way_its_boxes_lie() -> None:
    data = encoded(picture().rotate(90, expand=True), "PNG")

    async def use(reader: PageReader) -> tuple[ReadDocument, Image.Image]:
        found = document(await reader.read(data))
        page = found.layout.pages[0]
        return found, Image.open(io.BytesIO(await reader.render(data, 1, 72, page.rotation)))

    found, image = reading(use)

    box = found.layout.pages[0].lines[0].box
    title = image.convert("L").crop(
        (
            int(box.x0 * image.width),
            int(box.y0 * image.height),
            int(box.x1 * image.width),
            int(box.y1 * image.height),
        )
    )
    below = image.convert("L").crop((0, 0, image.width, int(box.y0 * image.height) - 8))
    assert min(title.tobytes()) < 60
    assert min(below.tobytes()) > 200
    assert found.quality.reasons == ("page 1 lay rotated by 270° clockwise, corrected",)


def test_a_reader_is_used_inside_its_with_block_only() -> None:
    with pytest.raises(InvariantError, match="async with"):
        asyncio.run(PageReader(LIMITS, 1).read(LEASE))
    with pytest.raises(ValueError, match="at least 1"):
        PageReader(LIMITS, 0)
