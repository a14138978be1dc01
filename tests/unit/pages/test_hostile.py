"""Every file of the hostile set, where it is at hand: what its ``expected`` says, within 60 s and 1.5 GB."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from pages.reader import PageReader, ReadDocument, ReadLimits, Refusal, Unpacked
from tests.hostile_files import BYTES, EXPECTED, SECONDS, Expected, hostile_files


def outcome(data: bytes) -> tuple[ReadDocument | Unpacked | Refusal, float, int]:
    async def run() -> tuple[ReadDocument | Unpacked | Refusal, int]:
        async with PageReader(ReadLimits(), 1) as reader:
            return await reader.read(data), reader._children[0].peak_bytes

    begun = time.monotonic()
    answer, peak = asyncio.run(run())
    return answer, time.monotonic() - begun, peak


def check_document(found: ReadDocument, expected: Expected) -> None:
    said = " ".join(line.text for page in found.layout.pages for line in page.lines)
    kinds = {note.kind for note in found.layout.notes}
    assert kinds >= set(expected.notes)
    assert all(word in said for word in expected.words)
    assert not any(word.lower() in said.lower() for word in expected.never)
    assert expected.pages in (None, found.page_count)
    assert found.layout.pages[0].rotation == expected.rotation
    sources = {line.source for page in found.layout.pages for line in page.lines}
    assert expected.source is None or sources == {expected.source}


if FILES := hostile_files():

    @pytest.mark.slow
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_a_hostile_file_gets_the_answer_it_should(path: Path) -> None:
        expected = EXPECTED[path.name]

        answer, seconds, peak = outcome(path.read_bytes())

        print(f"{path.name}: {seconds:.1f} s, {peak / 1e6:.0f} MB")
        assert seconds < SECONDS
        assert peak <= BYTES
        if isinstance(answer, Refusal):
            assert answer.reason in expected.refusals, answer.sentence
        elif isinstance(answer, Unpacked):
            assert tuple((part.name, part.refused) for part in answer.parts) == expected.parts
        else:
            assert expected.read
            check_document(answer, expected)
