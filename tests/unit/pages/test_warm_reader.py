"""A process that is started before anybody asks for a page."""

from __future__ import annotations

import asyncio
import io

import psutil
from PIL import Image

from pages.limits import ReadLimits
from pages.reader import PageReader
from tests.unit.pages.making import encoded, picture


def test_a_process_that_was_started_ahead_draws_the_first_page() -> None:
    async def use() -> bytes:
        async with PageReader(ReadLimits(), 1) as reader:
            reader.warm()
            return await reader.render(encoded(picture(), "PNG"), 1, 72)

    drawn = asyncio.run(use())

    assert Image.open(io.BytesIO(drawn)).size == picture().size


def test_everybody_else_goes_before_a_reader_that_is_told_to_be_nice() -> None:
    async def use() -> int:
        async with PageReader(ReadLimits(niceness=3), 1) as reader:
            await reader.render(encoded(picture(), "PNG"), 1, 72)
            process = reader._children[0]._process
            assert process is not None
            return int(psutil.Process(process.pid).nice())

    assert asyncio.run(use()) == min(psutil.Process().nice() + 3, 19)


def test_a_reader_is_closed_while_its_process_still_starts() -> None:
    async def use() -> PageReader:
        async with PageReader(ReadLimits(), 1) as reader:
            reader.warm()
        return reader

    reader = asyncio.run(use())

    assert reader._children[0]._process is None
