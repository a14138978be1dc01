"""Cost against accuracy: the local model, a strong one of stated accuracy, and the router between the two.

python -m benchmarks.router --data DIR [--set sroie] [--accuracy 0.97] [--model ID] [--seed 0] [--svg FILE]

The local model learns from part of a labelled set and reads the rest, each field with its calibrated
confidence. The strong model is simulated: it is right with the probability that is stated, drawn once for
every field, and costs what the price file says of its tokens. The router is the shipped code
(``inference.router.choice.choose``) at several targets. Beside each of its points stands what the same money
buys when documents are drawn at random for the strong model, which is also every mixture of the two models.
Differences are paired by document, with intervals of 95 % from 2,000 resamples of documents.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
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
HELD_OUT = 0.4
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
        strong: By field, whether the simulated model is right.
    """

    key: str
    tokens: int
    small: dict[str, bool]
    sure: dict[str, float]
    strong: dict[str, bool]

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


def read_documents(folder: TypeFolder, root: Path, accuracy: float, seed: int, folds: int) -> list[Read]:
    """Return the documents of a set that were held out, read by a model that learned from the others."""
    types = {folder.doc_type.name, *folder.label_names.doc_types}
    found = open_set(root, lambda _key: None, types=types)
    documents = material([found], folder.doc_type, folder.label_names)
    documents = sorted(documents, key=lambda document: document.key)
    bench = Bench(folder.doc_type, documents, remembering(), folds)
    plan = Plan(root.name, root.name, folder.doc_type.name, mixed=True, test_share=HELD_OUT)
    kept, held = parts_of(documents, plan)[0]
    tested = [documents[i] for i in held]
    outcomes = list(bench.score(bench.learn([documents[i] for i in kept]), tested))
    asked = len(render(folder.prompt, folder.doc_type))
    return _reads(tested, outcomes, asked, accuracy, np.random.default_rng(seed))


def _reads(
    tested: Sequence[LabelledDocument],
    outcomes: Sequence[Outcome],
    asked: int,
    accuracy: float,
    chance: np.random.Generator,
) -> list[Read]:
    by_document: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        by_document[one.document].append(one)
    reads = []
    for document in tested:
        fields = by_document[document.key]
        if fields:
            lines = document.document.text.splitlines()
            characters = asked + sum(len(line) + BOX_CHARACTERS for line in lines)
            reads.append(
                Read(
                    document.key,
                    characters // CHARACTERS_PER_TOKEN,
                    {one.field: one.right for one in fields},
                    {one.field: one.confidence for one in fields},
                    {one.field: bool(chance.random() < accuracy) for one in fields},
                )
            )
    return reads


def alone(reads: Sequence[Read], model: RoutedModel | None) -> Point:
    """Return what one model does by itself: the local one, which costs nothing, or ``model``."""
    if model is None:
        right = [sum(read.small.values()) for read in reads]
        return Point("local model alone", np.zeros(len(reads)), np.array(right, dtype=np.float64))
    cost = [float(price_of(model, read.asking, list(read.small)) or 0) for read in reads]
    right = [sum(read.strong.values()) for read in reads]
    return Point("strong model alone", np.array(cost), np.array(right, dtype=np.float64))


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
    head = ("policy", "$/1000 docs", "accuracy", "over random at its cost", "over strong")
    print("{:22} {:>12} {:>9}  {:>26}  {:>26}".format(*head))
    for point in points:
        equal = at_random(small, strong, float(point.cost.sum()))
        against = point.right - equal, point.right - strong.right
        shown = [
            f"{d.sum() / fields.sum():+.4f} [{low:+.4f}, {high:+.4f}]"
            for d in against
            for low, high in [interval(d, fields, chance)]
        ]
        dollars, accuracy = 1000 * point.cost.mean(), point.right.sum() / fields.sum()
        print(f"{point.name:22} {dollars:12.3f} {accuracy:9.4f}  {shown[0]:>26}  {shown[1]:>26}")
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
        reads = read_documents(folder, options.data / name, options.accuracy, options.seed, options.folds)
        fields = sum(len(read.small) for read in reads)
        title = f"{name}: {len(reads)} documents, {fields} fields, strong model {options.accuracy:.0%} right"
        print(f"\n{title}", flush=True)
        points = frontier(reads, model, options.seed)
        if options.svg:
            options.svg.with_stem(f"{options.svg.stem}-{name}").write_text(drawn(points, reads, title))


if __name__ == "__main__":
    main()
