"""The documents of the play: some to begin with, the others on their days, and what is true of each."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from benchmarks.people import Labels
from doctypes.folder import TypeFolder
from doctypes.normalise import normalise
from inference.labelled.datasets import open_set, parsed_entry
from inference.labelled.teaching import labelled_documents
from schemas.canonical import sha256_hex

RECEIPT = "receipt"
SETS = {"sroie": RECEIPT, "deepform-adbuy": "political_ad_buy"}
_TOTAL = re.compile(r"total", re.IGNORECASE)
_AMOUNT = re.compile(r"\d+\.\d\d")
REBATE, CHANGE = Decimal("3.20"), Decimal("6.80")
"""What the new tills take off, and what they give back."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How the play is played.

    Attributes:
        begin: Documents of each type that the first models learn from.
        wrong: How probably a person takes a field as it was read, whatever it says.
        share: Of the documents.
        originals: Whether photos and PDFs are read where they are there.
    """

    begin: int
    wrong: float
    share: float
    originals: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it comes in.

    Attributes:
        name: Of the file.
        text: What stands on it.
        entry: Its line of the labels.
    """

    name: str
    data: bytes
    text: str
    doc_type: str
    entry: Mapping[str, object]

    @property
    def document_id(self) -> str:
        """The id it will have."""
        return sha256_hex(self.data)


@dataclass(frozen=True, slots=True)
class Play:
    """What comes when.

    Attributes:
        begin: By type, what the first model learns from.
        days: What comes in on each day.
    """

    begin: Mapping[str, Sequence[Paper]]
    days: Sequence[Sequence[Paper]]


def papers_of(data: Path, name: str, doc_type: str, *, originals: bool) -> list[Paper]:
    """Return the documents of a labelled set: their originals where wanted and there, else their text."""
    found = {}
    lines = (data / name / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        entry = parsed_entry(data / name, number, line)
        path = data / name / str((entry.get("file") if originals else None) or entry["text"])
        text = (data / name / str(entry["text"])).read_text(encoding="utf-8", errors="replace")
        paper = Paper(path.name, path.read_bytes(), text, doc_type, entry)
        if text.strip():
            found[paper.document_id] = paper
    return [found[key] for key in sorted(found)]


def play_of(data: Path, days: int, asked: Asking, *, changes_on: int) -> Play:
    """Return the play: each set shuffled, its first few to begin with, the rest spread over the days.

    From day ``changes_on`` on receipts come from another till, which calls something else the total.
    """
    drawn = random.Random(asked.seed)
    first: dict[str, Sequence[Paper]] = {}
    by_day: list[list[Paper]] = [[] for _ in range(days)]
    for name, doc_type in SETS.items():
        papers = papers_of(data, name, doc_type, originals=asked.originals)
        drawn.shuffle(papers)
        first[doc_type] = papers[: asked.begin]
        played = papers[asked.begin :][: round(asked.share * (len(papers) - asked.begin))]
        for number, paper in enumerate(played):
            day = number % days
            by_day[day].append(_another_till(paper) if day >= changes_on else paper)
    return Play(first, by_day)


def _another_till(paper: Paper) -> Paper:
    """Return a receipt as the new tills print it: *total* are sales before a rebate, with cash and change.

    What was to be paid stands where it stood, by another name.
    """
    fields = paper.entry.get("fields")
    told = fields.get("total", "") if isinstance(fields, dict) else ""
    due = _AMOUNT.search(str(told).replace(",", ""))
    if paper.doc_type != RECEIPT or not paper.name.endswith(".txt") or due is None:
        return paper
    sales = Decimal(due[0]) + REBATE
    plain = _TOTAL.sub("JUMLAH", paper.text).replace("CASH", "PAID").replace("CHANGE", "BAKI").rstrip()
    text = f"{plain}\nTOTAL SALES (RM):\n{sales:.2f}\nCASH\n{sales + CHANGE:.2f}\nCHANGE\n{CHANGE:.2f}\n"
    return replace(paper, text=text, data=text.encode())


def write_labels(papers: Sequence[Paper], folder: Path) -> Path:
    """Write documents as a labelled folder that training reads, their text alone; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for paper in papers:
        (folder / f"{paper.document_id}.txt").write_text(paper.text, encoding="utf-8")
        entry = {k: v for k, v in paper.entry.items() if k not in ("boxes", "file", "text", "key")}
        entry |= {"text": f"{paper.document_id}.txt", "key": paper.document_id}
        lines.append(json.dumps(entry))
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def truths(papers: Sequence[Paper], types: Mapping[str, TypeFolder], scratch: Path) -> dict[str, Labels]:
    """Return what is true of each document, by id and field of its type, in normal form."""
    out: dict[str, Labels] = {}
    for name in sorted({paper.doc_type for paper in papers}):
        folder = types[name]
        rows = open_set(write_labels([p for p in papers if p.doc_type == name], scratch / name)).rows
        for row in rows:
            (one,) = labelled_documents([row], folder.doc_type, folder.label_names, {row.key: row.key})
            out[row.key.partition("/")[2]] = {
                field: tuple(_normal(folder, field, text) for text in texts)
                for field, texts in one.fields.items()
            }
    return out


def _normal(folder: TypeFolder, field: str, text: str) -> str:
    spec = folder.doc_type.field(field)
    return normalise(spec.kind, text, day_first=folder.doc_type.day_first).value or text
