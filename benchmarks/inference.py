"""What a document costs the local model: CPU time of the shipped variants, and a contract of 300 pages.

python -m benchmarks.inference [--pages 300] [--data DIR --cache DIR] [--json]

The contract is made up from clauses with names, dates and amounts, and read by the shipped models of
contracts: at most 2 s of CPU and 500 MB of memory for the whole process. With ``--data`` every labelled
document is read by its type's model: at most 250 ms of CPU for 95 of a hundred. CPU time is what can be
compared on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.actions.models import LABELLED
from benchmarks.sets import opened
from doctypes.definition import DocType
from doctypes.folder import TypeFolder, load_all
from inference.extractor.fields import sketch_of
from inference.extractor.file import load_extractor
from inference.extractor.model import Extractor, extract, extract_tables
from inference.labelled.datasets import LABELS
from inference.reading.blocks import from_block
from inference.reading.document import Document
from inference.train.commands import MODEL
from schemas.layout_block import BlockBox, BlockLine, BlockPage, LayoutBlock

PAGES = 300
CONTRACTS = ("agreement", "lease", "nda", "sale_purchase_agreement")
MOST_SECONDS = 2.0
MOST_MEGABYTES = 500.0
MOST_MILLISECONDS = 250.0
_LINES = 45
_WIDTH = 80
_CLAUSES = (
    "{n}.{m} {a} shall pay to {b} the sum of USD {v} no later than {d}, without set-off.",
    "{n}.{m} This Agreement is governed by the laws of the State of {s}.",
    "{n}.{m} The term begins on {d} and continues for {m} years unless terminated by {m}0 days' notice.",
    '{n}.{m} "Confidential Information" means all information that {a} discloses to {b} in writing;',
    "and which, having regard to the circumstances of its disclosure, is known to be confidential.",
    "{n}.{m} Neither party may assign its rights under this Agreement without consent of {a}.",
    "{n}.{m} {b} shall keep insurance of at least {v} USD per occurrence at {n} {s} Road, {s}.",
)
_NAMES = ("Northgate Holdings LLC", "Blue Harbor Inc.", "Stonebridge Capital Partners LP", "Avery Foods Ltd")
_STATES = ("Delaware", "New York", "Texas", "Ohio", "Nevada")


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading took: the contract's seconds and memory, or milliseconds of many documents."""

    name: str
    documents: int
    characters: int
    median_ms: float
    p95_ms: float
    model_kb: int


def contract(pages: int, seed: int = 0) -> LayoutBlock:
    """Return a contract of so many full pages; equal seeds give equal ones."""
    rng = random.Random(seed)
    made: list[BlockPage] = []
    for page in range(1, pages + 1):
        lines: list[BlockLine] = []
        for line in range(1, _LINES + 1):
            text = rng.choice(_CLAUSES).format(
                n=page, m=1 + line % 9, a=rng.choice(_NAMES), b=rng.choice(_NAMES), s=rng.choice(_STATES),
                v=f"{rng.randint(1, 900)},{rng.randint(100, 999)}.00",
                d=f"March {rng.randint(1, 28)}, 20{rng.randint(10, 26)}",
            )  # fmt: skip
            text = text[:_WIDTH]
            box = BlockBox(90, 40 + 20 * line, 90 + 10 * len(text), 54 + 20 * line)
            lines.append(BlockLine(f"{page}.{line}", box, text))
        made.append(BlockPage(page, 612, 792, 0, tuple(lines)))
    return LayoutBlock(tuple(made))


def seconds_of(extractor: Extractor, doc_type: DocType, document: Document) -> float:
    """Return the CPU seconds that reading all of a type's fields takes."""
    begun = time.process_time()
    extract(extractor, document, [sketch_of(spec) for spec in doc_type.fields if not spec.columns])
    extract_tables(extractor, document, [spec.name for spec in doc_type.fields if spec.columns])
    return time.process_time() - begun


def long_contract(folders: Sequence[TypeFolder], pages: int) -> Iterator[Cost]:
    """Yield what a contract of so many pages costs each type of contract, its laying out included."""
    block = contract(pages)
    for folder in (folder for folder in folders if folder.doc_type.name in CONTRACTS):
        extractor, size = _shipped(folder)
        begun = time.process_time()
        document = from_block(block)
        laid_out = time.process_time() - begun
        taken = 1000 * (laid_out + seconds_of(extractor, folder.doc_type, document))
        yield Cost(folder.doc_type.name, 1, len(document.text), taken, taken, size)


def labelled_documents(folders: Sequence[TypeFolder], data: Path, cache: Path | None) -> Iterator[Cost]:
    """Yield what the labelled documents of each type cost."""
    for folder in (folder for folder in folders if folder.doc_type.name in LABELLED):
        extractor, size = _shipped(folder)
        taken: list[float] = []
        characters = 0
        for name in LABELLED[folder.doc_type.name]:
            for labelled in opened(data / name / LABELS, folder, cache):
                # Laid out anew, so that nothing is remembered from before.
                characters += len(labelled.document.text)
                taken.append(1000 * seconds_of(extractor, folder.doc_type, _fresh(labelled.document)))
        median, late = np.percentile(taken, [50, 95])
        yield Cost(folder.doc_type.name, len(taken), characters, float(median), float(late), size)


def _fresh(document: Document) -> Document:
    return Document(
        document.text, document.segments, document.rows, document.words,
        document.token_start, document.token_end, document.token_segment,
    )  # fmt: skip


def _shipped(folder: TypeFolder) -> tuple[Extractor, int]:
    data = folder.parts[MODEL]
    return load_extractor(data), round(len(data) / 1000)


def memory() -> float:
    """Return the most memory that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was measured; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference")
    parser.add_argument("--pages", type=int, default=PAGES, help="pages of the contract")
    parser.add_argument("--data", type=Path, help="folder with the labelled sets")
    parser.add_argument("--cache", type=Path, help="where the layouts of originals are kept")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the table")
    options = parser.parse_args(arguments)
    folders = load_all()
    long = list(long_contract(folders, options.pages))
    held = memory()
    print(f"a contract of {options.pages} pages, {long[0].characters} characters; {held:.0f} MB at most")
    for cost in long:
        print(f"  {cost.name:26} {cost.median_ms:7.0f} ms CPU, model {cost.model_kb} kB")
    passed = held <= MOST_MEGABYTES and all(cost.median_ms <= 1000 * MOST_SECONDS for cost in long)
    many: list[Cost] = []
    if options.data is not None:
        many = list(labelled_documents(folders, options.data, options.cache))
        print("labelled documents, CPU ms a document: median, p95")
        for cost in many:
            print(f"  {cost.name:26} {cost.documents:5} {cost.median_ms:7.0f} {cost.p95_ms:7.0f}")
        passed = passed and all(cost.p95_ms <= MOST_MILLISECONDS for cost in many)
    if options.json:
        print(json.dumps({"megabytes": held, "long": [*map(asdict, long)], "labelled": [*map(asdict, many)]}))
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
