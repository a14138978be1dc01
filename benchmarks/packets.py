"""Packets: files that several real documents were put into, and where each begins.

Usage: python -m benchmarks.packets --data DIR [--set NAME]... [--near 0.8] [--shipped] [--json FILE]

Without --shipped the splitter is trained in folds and measured on packets of documents that it never saw
(2 to 6 documents, seeded; see inference/splitter/packets.py). ``--near`` is the cosine from which on
documents are one family that no two folds share: 0.8 keeps near copies together, 0.4 whole layouts (one
broadcaster's contracts, all forms of one number), which then are new to the model.

With --shipped the model that ships is measured instead, on packets of the documents given: for documents that
it was not trained on. Every file is also checked for pages lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents.gatekeeper.splitting import ranges_of
from benchmarks.reading import read_blocks
from inference.splitter.data import NEAR, paged_documents, paged_sources
from inference.splitter.file import load_splitter
from inference.splitter.measures import Outcome, SplitFigures, false_splits, figures_of, outcome
from inference.splitter.model import begin_probabilities
from inference.splitter.packets import Packet, PagedDocument, packets_of, single
from inference.splitter.training import train_splitter
from schemas.certificates import SPLIT, WHOLE, Certificates
from schemas.layout_block import BlockPage
from schemas.packets import ranges_problem

SHIPPED = Path(__file__).parent.parent / "inference" / "variants" / "splitter"
ROUNDS = 3
Facts = dict[str, Any]


def out_of_fold(
    documents: Sequence[PagedDocument], folds: int, seed: int
) -> tuple[tuple[SplitFigures, ...], Facts]:
    """Return the figures of a splitter trained in folds, and what was certified."""
    trained = train_splitter(documents, folds=folds, seed=seed)
    certified = {f"certified {c.field}": c.threshold for c in trained.certificates}
    apart = f"{trained.false_splits} of {trained.singles}"
    return trained.figures, {
        "families": trained.families,
        **_whole(trained.outcomes),
        "false splits without a person": apart,
        "ECE of a page": round(trained.ece, 4),
        **certified,
    }


def shipped(documents: Sequence[PagedDocument], seed: int) -> tuple[tuple[SplitFigures, ...], Facts]:
    """Return the figures of the model that ships, on packets of ``documents``."""
    splitter = load_splitter((SHIPPED / "model").read_bytes())
    found = Certificates.model_validate_json((SHIPPED / "thresholds.json").read_bytes())
    limits = {name: one.threshold if (one := found.of(name)) else None for name in (SPLIT, WHOLE)}
    rng = random.Random(seed)
    everything = range(len(documents))
    drawn = [(p, n) for n in range(ROUNDS) for p in packets_of(documents, everything, rng)]
    drawn += [(single(documents, i), -1) for i in everything if len(documents[i].pages) > 1]
    begun = time.process_time()
    chances = [begin_probabilities(splitter, _pages(documents, packet))[1:] for packet, _ in drawn]
    seconds = time.process_time() - begun
    outcomes = [
        outcome(documents, packet, one, number) for (packet, number), one in zip(drawn, chances, strict=True)
    ]
    apart, singles = false_splits(outcomes, limits)
    return figures_of(outcomes, limits), {
        **_whole(outcomes),
        "false splits without a person": f"{apart} of {singles}",
        "CPU ms a page": round(1000 * seconds / sum(len(packet.pages) for packet, _ in drawn), 2),
    }


def _whole(outcomes: Sequence[Outcome]) -> Facts:
    """Return how many files would lose or double a page."""
    broken = sum(
        ranges_problem(ranges_of([bool(begin) for begin in one.said]), len(one.said) + 1) is not None
        for one in outcomes
    )
    return {"files": len(outcomes), "files with a lost or doubled page": broken}


def _pages(documents: Sequence[PagedDocument], packet: Packet) -> list[BlockPage]:
    """Return the packet's pages, numbered anew and of one size where a scanner would have made them so."""
    pages: list[BlockPage] = []
    for number, place in enumerate(packet.pages, start=1):
        page = documents[place[0]].pages[place[1]] if place else BlockPage(1, 612, 792, 0, ())
        size = pages[0] if packet.one_size and pages else page
        pages.append(BlockPage(number, size.width, size.height, page.rotation, page.lines))
    return pages


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packets", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--set", action="append", help="only this set; may be repeated")
    parser.add_argument("--near", type=float, default=NEAR, help="cosine that makes documents a family")
    parser.add_argument("--shipped", action="store_true", help="measure the model that ships")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="where pages that were read are kept")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    folders = sorted(
        path.parent
        for path in given.data.glob("*/labels.jsonl")
        if given.set is None or path.parent.name in given.set
    )
    blocks = read_blocks([path for folder in folders for path in paged_sources(folder)], given.cache)
    documents = paged_documents(folders, blocks.get, near=given.near)
    figures, facts = (
        shipped(documents, given.seed) if given.shipped else out_of_fold(documents, given.folds, given.seed)
    )
    print(f"{'files':38}{'count':>7}{'bounds':>8}{'F1':>8}{'exact':>8}{'settled':>9}{'wrong':>7}")
    for one in figures:
        print(
            f"{one.name:38}{one.packets:7}{one.boundaries:8}{one.counts.f1:8.3f}{one.exact:8.3f}"
            f"{one.done:9.3f}{one.wrong:7}"
        )
    for name, value in facts.items():
        print(f"{name}: {value}")
    if given.json:
        rows = [asdict(one) | {"f1": one.counts.f1} for one in figures]
        given.json.write_text(json.dumps({"figures": rows, "facts": facts}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
