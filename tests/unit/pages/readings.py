"""Reading files in processes of their own, as the tests of the reader do it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psutil

from pages.reader import PageReader, ReadDocument, ReadLimits, Refusal, Unpacked
from schemas.layout import Layout
from tests.unit.pages.making import page_pdf, shown

T = TypeVar("T")
Answer = ReadDocument | Unpacked | Refusal
LIMITS = ReadLimits()
LEASE = page_pdf(shown("Lease of 3 March 2025", 72, 720))


def reading(use: Callable[[PageReader], Awaitable[T]], limits: ReadLimits = LIMITS, workers: int = 1) -> T:
    async def run() -> T:
        async with asyncio.timeout(240), PageReader(limits, workers) as reader:
            return await use(reader)

    return asyncio.run(run())


def read(data: bytes, limits: ReadLimits = LIMITS) -> Answer:
    return reading(lambda reader: reader.read(data), limits)


def document(answer: Answer) -> ReadDocument:
    assert isinstance(answer, ReadDocument), answer
    return answer


def refused(answer: Answer) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


def first_text(layout: Layout) -> str:
    return layout.pages[0].lines[0].text


def process_of(reader: PageReader) -> psutil.Process:
    process = reader._children[0]._process
    assert process is not None
    return psutil.Process(process.pid)
