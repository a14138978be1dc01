"""The hostile files through the whole pipeline, one after the other, with what each of them cost."""

from __future__ import annotations

import json
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psutil

import doctypes
from schemas.canonical import sha256_hex
from schemas.classification import Classification
from schemas.layout import Layout
from schemas.results import Record
from tests.hostile_files import hostile_files
from tests.integration.terminal import Terminal

TICK_SECONDS = 0.02
INVOICES = (
    "synthetic-prompt-injection-white-text.pdf",
    "synthetic-prompt-injection-visible.pdf",
    "synthetic-arithmetic-wrong.pdf",
    "synthetic-pdf-junk-prefix.pdf",
    "einvoice-broken-embedded-xml.pdf",
)
"""Files that are invoices; where the Gatekeeper leaves their type to a person, a person says so."""


class Watch:
    """Samples the memory of the reading processes of this one while it is entered."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._bytes: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def peak(self, begun: float, ended: float) -> int:
        """Return the most bytes that a reading process had between two moments."""
        first, last = bisect_left(self._times, begun), bisect_right(self._times, ended)
        return max(self._bytes[max(first - 1, 0) : last + 1], default=0)

    def _run(self) -> None:
        here = psutil.Process()
        while not self._stop.wait(TICK_SECONDS):
            now = datetime.now().timestamp()  # noqa: DTZ005 (as seconds, no zone is involved)
            sizes = [_resident(child) for child in here.children()]
            self._times.append(now)
            self._bytes.append(max(sizes, default=0))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


@dataclass(frozen=True)
class Found:
    """What became of one file.

    Attributes:
        seconds: Of all attempts of all agents together.
        peak_bytes: Of the process that read it.
    """

    name: str
    folder: Path
    seconds: float
    peak_bytes: int
    letters: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def classification(self) -> Classification:
        """What the last record rests on: the Gatekeeper's result, or a person's decision over it."""
        path = self.folder.parents[1] / self.records[-1].classification.uri
        return Classification.model_validate_json(path.read_bytes())

    @cached_property
    def layout(self) -> Layout | None:
        """What was read, if anything was."""
        found = [Layout.model_validate_json(p.read_bytes()) for p in self.folder.glob("artifacts/layout/*/*")]
        return found[0] if found else None

    @cached_property
    def records(self) -> list[Record]:
        """Every record and draft of it; with fields in the last one, where there are any."""
        found = [
            Record.model_validate_json(p.read_bytes()) for p in self.folder.glob("results/validation/*.json")
        ]
        return sorted(found, key=lambda record: len(record.fields))

    @property
    def values(self) -> dict[str, list[str | None]]:
        """The values of every field, by name."""
        return {f.field.name: [r.value for r in f.field.readings] for f in self.records[-1].fields}

    @property
    def said(self) -> str:
        """Every line that was read."""
        pages = self.layout.pages if self.layout else ()
        return "\n".join(line.text for page in pages for line in page.lines)


def put_through(folder: Path, more: Mapping[str, str]) -> dict[str, Found]:
    """Submit every hostile file into a new home under ``folder`` and return what became of each.

    They go one at a time, so that time and memory are each file's own.
    """
    alone = {"DOCTRAIL_WINDOW": "1", "DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES": "true"}
    terminal = Terminal(folder, Path(doctypes.__file__).parent, alone | dict(more))
    files = hostile_files()
    with Watch() as watch:
        terminal.hear("submit", *(str(path) for path in files), "--wait")
        _decide_types(terminal)
        terminal.work()
    letters = [json.loads(p.read_bytes()) for p in terminal.objects.glob("dead_letters/*/*.json")]
    return {path.name: _found(terminal, path, watch, letters) for path in files}


def _decide_types(terminal: Terminal) -> None:
    """Say of invoices that wait for somebody to tell their type that they are invoices."""
    (terminal.folder / "invoice.json").write_text('{"doc_type": "invoice"}', encoding="utf-8")
    for review in terminal.ask("reviews", "list"):
        extracted = terminal.objects / "documents" / review["document_id"] / "results" / "extraction"
        if review["name"] in INVOICES and not extracted.exists():
            terminal.type("reviews", "decide", review["review_id"], "--file", "invoice.json", "--by", "ann")


def _found(terminal: Terminal, path: Path, watch: Watch, letters: list[dict[str, Any]]) -> Found:
    document_id = sha256_hex(path.read_bytes())
    folder = terminal.objects / "documents" / document_id
    attempts = [json.loads(p.read_bytes()) for p in folder.glob("trail/*/*/*.json")]
    peaks = []
    for attempt in attempts:
        begun = datetime.fromisoformat(attempt["started"]).timestamp()
        peaks += [
            watch.peak(begun + step["at"], begun + step["at"] + step["seconds"])
            for step in attempt["steps"]
            if step["kind"] == "read" and not step["data"].get("reused")
        ]
    seconds = sum(attempt["seconds"] for attempt in attempts)
    own = [letter for letter in letters if letter["document_id"] == document_id]
    return Found(path.name, folder, seconds, max(peaks, default=0), own)
