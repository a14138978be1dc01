"""Cost against accuracy: the local model, a strong one of stated accuracy, and the router between the two.

python -m benchmarks.router --data DIR [--set sroie] [--accuracy 0.97] [--model ID] [--svg FILE]

The local model reads every document of a labelled set after it learned from four fifths of the others, each
field with its calibrated confidence. The strong model is simulated: every field counts with the probability
that it is right, which is what all draws come to on average, and it costs what the price file says of its
tokens. Its errors lie anywhere (``apart``), or where the local model is unsure, too (``alike``), which is
harder for every router. The router is the shipped code (``inference.router.choice.choose``).

At equal cost the strong model can't be asked about everything: beside each point stands what the same money
buys when documents are drawn at random for it and the local model reads the rest, and what either model does
alone, the strong one at its own, higher price. Differences are paired by document, with intervals of 95 %
from 2,000 resamples of documents.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from benchmarks.extraction import Bench, remembering
from benchmarks.scoring import Outcome
from benchmarks.sets import Plan, parts_of
from doctypes.folder import TypeFolder, load_all
from doctypes.prompt import render
from inference.endpoints.prices import load_prices
from inference.labelled.datasets import open_set
from inference.labelled.documents import LabelledDocument
from inference.reading.document import Floats
from inference.router.choice import Asking, Difficulty, Doubt, choose, price_of
from inference.router.table import RoutedModel, RouterTable
from inference.train.commands import material

SETS = {"sroie": "receipt", "vrdu-fara": "registration_form", "deepform-adbuy": "political_ad_buy"}
"""Sets whose labels hold what pages say, by the type that they teach."""
MODEL = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
TARGETS = (0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005)
ERRORS = ("apart", "alike")
"""Where the strong model errs: anywhere, or where the local one is unsure."""
MOST_WRONG = 0.5
"""Of a field that both find hard, how often the strong model is wrong."""
RESAMPLES = 2000
TOKENS_PER_FIELD = 120
CHARACTERS_PER_TOKEN = 2
"""Of a layout block, as the agent estimates it."""
BOX_CHARACTERS = 24
"""What a line's id and box take beside its text."""


@dataclass(frozen=True)
class Read:
    """A document that the local model read and never saw before.

    Attributes:
        small: By field, whether the local model is right.
        sure: By field, its confidence.
        strong: By field, how likely the simulated model is right.
    """

    key: str
    tokens: int
    small: dict[str, bool]
    sure: dict[str, float]
    strong: dict[str, float]

    @property
    def asking(self) -> Asking:
        """What it takes to ask a model about it."""
        return Asking(self.tokens, dict.fromkeys(self.small, TOKENS_PER_FIELD))


@dataclass(frozen=True)
class Point:
    """A policy: dollars and fields right, by document."""

    name: str
    cost: Floats
    right: Floats


def read_documents(
    folder: TypeFolder, root: Path, folds: int
) -> list[tuple[LabelledDocument, list[Outcome]]]:
    """Return the documents of a set, each read by a model that learned from others."""
    types = {folder.doc_type.name, *folder.label_names.doc_types}
    found = open_set(root, lambda _key: None, types=types)
    documents = material([found], folder.doc_type, folder.label_names)
    documents = sorted(documents, key=lambda document: document.key)
    bench = Bench(folder.doc_type, documents, remembering(), folds)
    by_document: dict[str, list[Outcome]] = defaultdict(list)
    for kept, held in parts_of(documents, Plan(root.name, root.name, folder.doc_type.name)):
        tested = [documents[i] for i in held]
        for one in bench.score(bench.learn([documents[i] for i in kept]), tested):
            by_document[one.document].append(one)
    return [(one, by_document[one.key]) for one in documents if by_document[one.key]]


def with_strong(
    read: Sequence[tuple[LabelledDocument, list[Outcome]]], asked: int, accuracy: float, errors: str
) -> list[Read]:
    """Return what was read, beside a strong model of this accuracy that errs apart or alike.

    Args:
        read: By the local model.
        asked: Characters of the prompt.
        accuracy: Share of all fields that the strong model has right.
        errors: One of ``ERRORS``.
    """
    doubts = {(document.key, one.field): 1 - one.confidence for document, fields in read for one in fields}
    wrong = spread(doubts, 1 - accuracy) if errors == "alike" else dict.fromkeys(doubts, 1 - accuracy)
    reads = []
    for document, fields in read:
        characters = asked + sum(len(line) + BOX_CHARACTERS for line in document.document.text.splitlines())
        reads.append(
            Read(
                document.key,
                characters // CHARACTERS_PER_TOKEN,
                {one.field: one.right for one in fields},
                {one.field: one.confidence for one in fields},
                {one.field: 1 - wrong[document.key, one.field] for one in fields},
            )
        )
    return reads


def spread(doubts: Mapping[tuple[str, str], float], mean: float) -> dict[tuple[str, str], float]:
    """Return errors in proportion to doubts, none above ``MOST_WRONG``, that are ``mean`` on average."""
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        found = {key: min(MOST_WRONG, middle * doubt) for key, doubt in doubts.items()}
        low, high = (middle, high) if sum(found.values()) < mean * len(doubts) else (low, middle)
    return found


def alone(reads: Sequence[Read], model: RoutedModel | None) -> Point:
    """Return what one model does by itself: the local one, which costs nothing, or ``model``."""
    if model is None:
        small = np.array([sum(read.small.values()) for read in reads], dtype=np.float64)
        return Point("local model alone", np.zeros(len(reads)), small)
    cost = [float(price_of(model, read.asking, list(read.small)) or 0) for read in reads]
    strong = np.array([sum(read.strong.values()) for read in reads], dtype=np.float64)
    return Point("strong model alone", np.array(cost), strong)


def routed(reads: Sequence[Read], model: RoutedModel, target: float) -> Point:
    """Return what the router does: fields whose expected error is above ``target`` may go to ``model``."""
    table = RouterTable(models=(model,), target=target, critical_target=target, ceiling=Decimal(1))
    cost, right = np.zeros(len(reads)), np.zeros(len(reads))
    for number, read in enumerate(reads):
        doubts = [Doubt(field, 1 - sure, target) for field, sure in read.sure.items()]
        choice = choose(
            table,
            doubts,
            {model.model: read.asking},
            history=None,
            difficulty=Difficulty(1.0, 1),
            read_by="local",
        )
        cost[number] = float(choice.cost)
        sent = frozenset(choice.fields)
        right[number] = sum(read.strong[f] if f in sent else read.small[f] for f in read.small)
    return Point(f"routed, target {target:g}", cost, right)


def at_random(small: Point, strong: Point, cost: float) -> Floats:
    """Return the fields right, by document, where each document goes to the strong model with a probability.

    It is the one that spends as much as ``cost``; on average that is every mixture of the two models.
    """
    share = min(1.0, cost / strong.cost.sum())
    mixed: Floats = (1 - share) * small.right + share * strong.right
    return mixed


def interval(difference: Floats, fields: Floats, chance: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of a difference of accuracies, by resampling documents."""
    drawn = chance.integers(0, len(difference), (RESAMPLES, len(difference)))
    found = difference[drawn].sum(axis=1) / fields[drawn].sum(axis=1)
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def frontier(reads: Sequence[Read], model: RoutedModel, seed: int) -> list[Point]:
    """Print the frontier of a set and return its points."""
    fields = np.array([len(read.small) for read in reads], dtype=np.float64)
    chance = np.random.default_rng(seed)
    small, strong = alone(reads, None), alone(reads, model)
    points = [small, strong, *(routed(reads, model, target) for target in TARGETS)]
    heads = ("over local alone", "over random at its cost", "over strong alone")
    print(
        "{:22} {:>11} {:>8} ".format("policy", "$/1000 docs", "accuracy") + "".join(f"{h:>27}" for h in heads)
    )
    ahead = [0, 0, 0]
    for number, point in enumerate(points):
        cost = float(point.cost.sum())
        others = (small.right, at_random(small, strong, cost), strong.right)
        shown = []
        for at, other in enumerate(others):
            difference = point.right - other
            low, high = interval(difference, fields, chance)
            ahead[at] += number > 1 and low > 0
            shown.append(f"{difference.sum() / fields.sum():+.4f} [{low:+.4f}, {high:+.4f}]")
        dollars, accuracy = 1000 * point.cost.mean(), point.right.sum() / fields.sum()
        told = f"{point.name:22} {dollars:11.3f} {accuracy:8.4f} " + "".join(f"{one:>27}" for one in shown)
        print(f"{told}  {cost / strong.cost.sum():.0%} of its cost")
    words = ", ".join(f"{head} {count}" for head, count in zip(heads, ahead, strict=True))
    print(f"of {len(TARGETS)} targets, with the whole interval above 0: {words}")
    return points


def drawn(points: Sequence[Point], reads: Sequence[Read], title: str) -> str:
    """Return the frontier as an SVG: dollars for a thousand documents against accuracy."""
    fields = sum(len(read.small) for read in reads)
    places = [(1000 * p.cost.mean(), p.right.sum() / fields, p.name) for p in points]
    widest = max(x for x, _, _ in places) or 1.0
    low, high = min(y for _, y, _ in places) - 0.01, max(y for _, y, _ in places) + 0.01

    def at(x: float, y: float) -> tuple[float, float]:
        return 60 + 520 * x / widest, 340 - 300 * (y - low) / (high - low)

    (x0, y0), (x1, y1) = at(*places[0][:2]), at(*places[1][:2])
    colours = ["#555", "#555", *["#06c"] * (len(places) - 2)]
    dots = "".join(
        f'<circle cx="{at(x, y)[0]:.1f}" cy="{at(x, y)[1]:.1f}" r="4" fill="{c}"><title>{n}</title></circle>'
        for (x, y, n), c in zip(places, colours, strict=True)
    )
    parts = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="620" height="400" font-family="sans-serif"',
        f' font-size="12"><text x="60" y="20">{title}</text>',
        '<line x1="60" y1="340" x2="580" y2="340" stroke="#999"/>',
        '<line x1="60" y1="40" x2="60" y2="340" stroke="#999"/>',
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="#aaa" stroke-dasharray="4"/>',
        dots,
        f'<text x="60" y="360">$0</text><text x="450" y="360">${widest:.2f} / 1000 documents</text>',
        f'<text x="8" y="344">{low:.3f}</text><text x="8" y="44">{high:.3f}</text></svg>\n',
    )
    return "".join(parts)


def main() -> None:
    """Draw what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--set", action="append", choices=sorted(SETS), help="only this one; repeat")
    parser.add_argument("--accuracy", type=float, default=0.97, help="of the simulated strong model")
    parser.add_argument("--model", default=MODEL, help="whose price it has")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it, too")
    options = parser.parse_args()
    price = load_prices().per_million[options.model]
    model = RoutedModel(model=options.model, error=1 - options.accuracy, price=price)
    folders = {folder.doc_type.name: folder for folder in load_all()}
    for name in options.set or sorted(SETS):
        folder = folders[SETS[name]]
        read = read_documents(folder, options.data / name, options.folds)
        asked, fields = len(render(folder.prompt, folder.doc_type)), sum(len(found) for _, found in read)
        for errors in ERRORS:
            reads = with_strong(read, asked, options.accuracy, errors)
            size = f"{len(reads)} documents, {fields} fields"
            title = f"{name}: {size}, strong model {options.accuracy:.0%} right, errors {errors}"
            print(f"\n{title}", flush=True)
            points = frontier(reads, model, options.seed)
            if options.svg:
                path = options.svg.with_stem(f"{options.svg.stem}-{name}-{errors}")
                path.write_text(drawn(points, reads, title))


if __name__ == "__main__":
    main()
