"""The whole embedded pipeline against the bare sum of its parts, its store calls, and its memory.

Usage: python -m benchmarks.pipeline [--documents 60] [--rounds 3] [--memory 5000]

One run, interleaved: the same generated native PDFs go through the whole pipeline, and, bare, through
pypdfium2 (words with boxes, one ctypes call a character) and the local model (where documents begin, type,
fields). CPU is user plus system time of this process and its children. A sixth of the documents goes through
a home of its own first: from both follows what a start costs (types checked, reading processes, models) and
what every further document does. ``--memory N`` then sends N small text documents
through one process and prints its memory at every tenth of the way.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from agents.extraction.questions import build_request
from agents.gatekeeper import classify, splitting
from app.answering import model_client
from app.collector import calm_collector
from app.engine import Engine, until_idle
from app.session import settings
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, page_reader
from doctypes.folder import load_folder
from inference.protocol import ModelClient, ModelRequest
from ops.submit import submit_file
from pages.reader import ReadDocument
from samples.generate import labelled
from schemas.layout_block import to_block
from store.counting import CountingStore
from store.releases import load_release

DOC_TYPE = "lease"


def cpu_seconds() -> float:
    """Return user plus system seconds of this process and its finished children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def bare_words(data: bytes) -> int:
    """Return the number of words, each with its box, that pypdfium2 finds with a call a character."""
    document = pdfium.PdfDocument(data)
    found = 0
    edges = tuple(ctypes.c_double() for _ in range(4))
    places = tuple(ctypes.byref(edge) for edge in edges)
    for page in document:
        text = page.get_textpage()
        inside = False
        for index in range(raw.FPDFText_CountChars(text.raw)):
            code = raw.FPDFText_GetUnicode(text.raw, index)
            if code <= 32 or code == 0xA0:
                inside = False
                continue
            raw.FPDFText_GetCharBox(text.raw, index, *places)
            found += not inside
            inside = True
        text.close()
        page.close()
    document.close()
    return found


async def requests_for(doctrail: Doctrail, documents: Sequence[bytes]) -> list[ModelRequest]:
    """Return the requests that each document leads to."""
    digest = await doctrail.live.digest(doctrail.now())
    release = await load_release(doctrail.store, digest)
    bundle = release.bundles[DOC_TYPE]
    folder = load_folder(Path(load_folder.__code__.co_filename).parent / DOC_TYPE)
    made: list[ModelRequest] = []
    async with page_reader(doctrail.settings) as reader:
        for data in documents:
            read = await reader.read(data)
            assert isinstance(read, ReadDocument)
            if splitting.may_hold_several(read.media_type, read.layout) and release.splitter is not None:
                made.append(
                    splitting.request(to_block(read.layout), model=f"local:{release.splitter.sha256}")
                )
            made.append(classify.request(to_block(read.layout), model=f"local:{release.classifier.sha256}"))
            model = f"local:{bundle.parts['model'].sha256}"
            made.append(build_request(folder.doc_type, folder.prompt, read.layout, model=model))
    return made


async def bare(client: ModelClient, documents: Sequence[bytes], requests: Sequence[ModelRequest]) -> float:
    """Return the CPU seconds of words with boxes and of the model alone."""
    before = cpu_seconds()
    for data in documents:
        assert bare_words(data) > 0
    for request in requests:
        await client.complete(request)
    return cpu_seconds() - before


async def submit(doctrail: Doctrail, paths: Sequence[Path]) -> None:
    """Submit every file."""
    await doctrail.live.digest(doctrail.now())
    for path in paths:
        await submit_file(
            doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=doctrail.settings.max_bytes
        )


async def piped(chosen: Settings, paths: Sequence[Path]) -> tuple[float, float, Counter[str]]:
    """Return CPU and wall seconds of the pipeline in a home of its own, and its store calls."""
    before, started = cpu_seconds(), time.perf_counter()
    async with open_doctrail(chosen) as opened:
        counting = CountingStore(opened.store)
        doctrail = replace(opened, store=counting)
        await submit(doctrail, paths)
        await Engine(doctrail).run(until_idle)
        calls = counting.calls
    return cpu_seconds() - before, time.perf_counter() - started, calls


async def compare(folder: Path, count: int, rounds: int) -> None:
    """Print the ratio of the whole to its parts, and the store calls of one document."""
    samples = list(labelled(DOC_TYPE, count, seed=4242))
    paths = []
    for sample in samples:
        path = folder / f"{sample.key}.pdf"
        path.write_bytes(sample.data)
        paths.append(path)
    chosen = settings(logs="error").model_copy(update={"accept_generated_certificates": True})
    few = max(1, count // 6)
    ratios, further, calls = [], [], Counter[str]()
    calm_collector()
    for number in range(rounds):
        home = chosen.model_copy(update={"home": folder / f"home-{number}"})
        async with open_doctrail(home.model_copy(update={"home": folder / f"bare-{number}"})) as doctrail:
            client = model_client(doctrail.settings, doctrail.store)
            requests = await requests_for(doctrail, [s.data for s in samples])
            for request in requests[:3]:
                await client.complete(request)
            parts = await bare(client, [s.data for s in samples], requests)
        start, _, _ = await piped(home.model_copy(update={"home": folder / f"few-{number}"}), paths[:few])
        whole, wall, calls = await piped(home, paths)
        each = (whole - start) / (count - few)
        ratios.append(whole / parts)
        further.append(each / parts * count)
        print(
            f"round {number + 1}: pipeline {whole / count * 1000:.1f} CPU ms a document "
            f"({count / wall:.1f} a second), its parts {parts / count * 1000:.1f}, "
            f"ratio {whole / parts:.2f}; a start {start - few * each:.1f} s, "
            f"each further document {each * 1000:.1f} ms, ratio {further[-1]:.2f}",
            flush=True,
        )
    _say_ratios(ratios, further)
    _say_calls(calls, count)
    _say_objects(folder / f"home-{rounds - 1}", count)


def _say_ratios(ratios: Sequence[float], further: Sequence[float]) -> None:
    print(
        f"whole pipeline / bare parts, CPU: min {min(ratios):.2f}  median {statistics.median(ratios):.2f}  "
        f"max {max(ratios):.2f}   (aim 1.25)"
    )
    print(
        f"the same without the start:            min {min(further):.2f}  "
        f"median {statistics.median(further):.2f}  max {max(further):.2f}"
    )


def _say_calls(calls: Counter[str], count: int) -> None:
    print("\nstore calls per document:")
    for method, number in sorted(calls.items()):
        print(f"  {method:8} {number / count:6.2f}")
    print(f"  total    {calls.total() / count:6.2f}")


def _say_objects(home: Path, count: int) -> None:
    print("objects left per document, by folder:")
    documents = home / "objects" / "documents"
    kept = Counter(
        path.relative_to(documents).parts[1] for path in documents.glob("*/**/*") if path.is_file()
    )
    for name, number in sorted(kept.items()):
        print(f"  {name:10} {number / count:6.2f}")


async def memory(folder: Path, count: int) -> None:
    """Print the memory of one process over ``count`` small documents."""
    chosen = settings(logs="error").model_copy(update={"home": folder / "home-memory"})
    process, step = psutil.Process(os.getpid()), max(1, count // 10)
    async with open_doctrail(chosen) as doctrail:
        sent = 0

        async def feed(engine: Engine) -> None:
            nonlocal sent
            while sent < count:
                for _ in range(step):
                    path = folder / "slip.txt"
                    path.write_text(f"CORNER BAKERY LTD\nNo {sent}\nTotal {sent}.50\n")
                    await submit_file(
                        doctrail.store, doctrail.bus, path, now=doctrail.now(), max_bytes=chosen.max_bytes
                    )
                    sent += 1
                await until_idle(engine)
                print(f"  after {sent:6} documents: {process.memory_info().rss / 1e6:7.1f} MB", flush=True)

        await Engine(doctrail).run(feed)


def main(run: Callable[..., None] = asyncio.run) -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as folder:
        run(compare(Path(folder), options.documents, options.rounds))
        if options.memory:
            print(f"\nmemory over {options.memory} documents, one process:")
            run(memory(Path(folder), options.memory))


if __name__ == "__main__":
    main()
