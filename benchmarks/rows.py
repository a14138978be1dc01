"""The bench of lists of rows: invoices' tables alone, in under two minutes of one core.

python -m benchmarks.rows --data DIR [--cache DIR] [--made N] [--hold clusters|layouts] [--long N] [--json]

Real invoices are read by a reader of rows that learned from generated ones and from those of other clusters
(or layouts); generated ones by a reader that saw none of their seed, some in layouts that no training sees;
long ones have up to 200 rows over several pages. How far a reading is trusted is learned from none of them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.sets import LAYOUTS, PLANS, groups_of, made_documents, opened, paged
from benchmarks.tables import report_tables
from doctypes.definition import FieldSpec
from doctypes.folder import TypeFolder, load_all
from inference.extractor.fields import FieldSketch, sketch_of
from inference.labelled.datasets import LABELS
from inference.labelled.documents import LabelledDocument
from inference.learned.single_thread import single_thread
from inference.tables.figures import Outcome
from inference.tables.fitting import fit_table
from inference.tables.lessons import Lesson, lesson_of
from inference.tables.model import TableModel
from inference.tables.training import Held, fit_trust, hold, outcome_of
from inference.train.commands import REAL_WEIGHT
from samples.sample import Sample

FRESH_SEED, LONG_SEED = 7103, 7104
LONGEST = 200
TYPE = "invoice"
FRESH = "generated, seeds and layouts that train nothing"
LONG = "generated, 30 to 200 rows over pages"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many invoices are generated to learn from, to read, and to read with long tables."""

    made: int = 480
    fresh: int = 240
    long: int = 8


@dataclass(frozen=True, slots=True)
class Read:
    """How lists of rows were read; ``layouts`` says what a macro average takes together."""

    name: str
    field: str
    outcomes: list[Outcome]
    layouts: dict[str, str]


class Bench:
    """The table of a type, the columns it asks for, and the lessons its readers learn from."""

    def __init__(self, spec: FieldSpec, made: Sequence[LabelledDocument], real: Sequence[LabelledDocument]):
        self.spec = spec
        self.columns: list[FieldSketch] = [sketch_of(column) for column in spec.columns]
        self.made = self.lessons(made)
        self.real = self.lessons(replace(document, weight=REAL_WEIGHT) for document in real)
        half = self.fit(self.made[::2])
        self.held: list[Held] = self.hold(self.made[1::2], half)

    def lessons(self, documents: Iterable[LabelledDocument]) -> list[Lesson]:
        """Return the documents with their rows found; none of which no labelled row is printed."""
        name = self.spec.name
        found = [lesson_of(d, name, self.columns) for d in documents if name in d.tables]
        return [one for one in found if one.rows or not one.labelled.tables[name].rows]

    def fit(self, lessons: Sequence[Lesson]) -> TableModel:
        """Return a reader that learned from lessons."""
        required = [column.name for column in self.spec.columns if column.required]
        return fit_table(self.spec.name, lessons, self.columns, required)

    def hold(self, lessons: Sequence[Lesson], model: TableModel) -> list[Held]:
        """Return how a reader that never saw the lessons reads them."""
        return [hold(lesson, 0, model, self.columns) for lesson in lessons]

    def real_outcomes(self, groups: dict[str, str]) -> list[Outcome]:
        """Return the outcomes of real documents, each group of them held out in turn."""
        held: dict[str, list[Held]] = {}
        for group in sorted({groups[lesson.labelled.key] for lesson in self.real}):
            others = [lesson for lesson in self.real if groups[lesson.labelled.key] != group]
            mine = [lesson for lesson in self.real if groups[lesson.labelled.key] == group]
            held[group] = self.hold(mine, self.fit([*self.made, *others]))
        out: list[Outcome] = []
        for group, mine_held in held.items():
            known = [one for other, ones in held.items() if other != group for one in ones]
            trust = fit_trust([*self.held, *known])
            out += [outcome_of(one, trust) for one in mine_held]
        return out

    def outcomes(self, lessons: Sequence[Lesson], model: TableModel) -> list[Outcome]:
        """Return the outcomes of documents that neither ``model`` nor the trust in it has seen."""
        trust = fit_trust(self.held)
        return [outcome_of(one, trust) for one in self.hold(lessons, model)]


def fresh(folder: TypeFolder, cache: Path | None, count: int) -> list[LabelledDocument]:
    """Return generated documents of a seed that trains nothing, a third of them in held out layouts."""
    from samples.invoices import HELD_OUT, TEMPLATES, invoice
    from samples.sample import source

    held, known = sorted(HELD_OUT), [template for template in TEMPLATES if template not in HELD_OUT]

    def one(number: int) -> Sample:
        template = held[number % len(held)] if number % 3 == 0 else known[number % len(known)]
        return invoice(source(FRESH_SEED, TYPE, number), f"{TYPE}-fresh-{number + 1:04d}", template)

    return _kept(folder, cache, [one(number) for number in range(count)])


def long_tables(folder: TypeFolder, cache: Path | None, count: int) -> list[LabelledDocument]:
    """Return generated documents whose tables go on over pages: from 30 rows to LONGEST."""
    from samples.invoices import TEMPLATES, VARIED, invoice
    from samples.sample import source

    templates = [template for template in TEMPLATES if template.endswith(VARIED)]

    def one(number: int) -> Sample:
        rows = 30 + (LONGEST - 30) * number // max(1, count - 1)
        template = templates[number % len(templates)]
        return invoice(source(LONG_SEED, TYPE, number), f"{TYPE}-long-{number + 1:04d}", template, rows=rows)

    return _kept(folder, cache, [one(number) for number in range(count)])


def _kept(folder: TypeFolder, cache: Path | None, samples: Sequence[Sample]) -> list[LabelledDocument]:
    from samples.generate import write

    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as scratch:
        write(Path(scratch) / TYPE, samples)
        return opened(Path(scratch) / TYPE / LABELS, folder, cache)


def main(arguments: Sequence[str] | None = None) -> None:
    """Bench what the command line asks for."""
    says = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=says)
    parser.add_argument(
        "--data", type=Path, help="folder with the labelled sets; generated invoices alone without"
    )
    parser.add_argument("--cache", type=Path, help="where the layouts of originals are kept")
    parser.add_argument("--made", type=int, default=240, help="generated invoices to learn from (480 ship)")
    parser.add_argument(
        "--hold", choices=("clusters", "layouts"), default="clusters", help="of real invoices"
    )
    parser.add_argument("--fresh", type=int, default=240, help="generated invoices to read")
    parser.add_argument("--long", type=int, default=8, help="generated invoices of up to 200 rows to read")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the tables")
    options = parser.parse_args(arguments)
    folder = next(folder for folder in load_all() if folder.doc_type.name == TYPE)
    sizes = Sizes(options.made, options.fresh, options.long)
    begun = time.process_time()
    figures: dict[str, object] = {}
    for read in rows_read(folder, options.data, options.cache, options.hold, sizes):
        print(f"\n{read.name}")
        named = [(read.field, outcome) for outcome in read.outcomes]
        figures[read.name] = report_tables(folder.doc_type, named, read.layouts)
    print(f"{time.process_time() - begun:.0f} s CPU", flush=True)
    if options.json:
        print(json.dumps(figures, indent=1))


def rows_read(
    folder: TypeFolder, data: Path | None, cache: Path | None, hold: str, sizes: Sizes
) -> Iterator[Read]:
    """Yield how lists of rows are read: those of real invoices, fresh generated ones, long ones.

    Args:
        folder: The type of invoices.
        data: Folder with the labelled sets; None: generated ones alone.
        cache: Where the layouts of originals are kept.
        hold: What of the real ones is held out together: ``clusters`` or ``layouts``.
        sizes: How many are generated.
    """
    plan = next(plan for plan in PLANS if plan.name == f"zugferd-{hold}")
    real: list[LabelledDocument] = []
    if data is not None:
        labels = data / plan.folder / LABELS
        real = paged(opened(labels, folder, cache), labels)
    made = made_documents(folder, cache)[: sizes.made]
    spec = next(spec for spec in folder.doc_type.fields if spec.columns)
    with single_thread():
        bench = Bench(spec, made, real)
        if real:
            outcomes = bench.real_outcomes(groups_of(real, plan.near))
            yield Read(plan.name, spec.name, outcomes, groups_of(real, LAYOUTS))
        if not (sizes.fresh or sizes.long):
            return
        model = bench.fit([*bench.made, *bench.real])
        for name, documents in (
            (FRESH, fresh(folder, cache, sizes.fresh)),
            (LONG, long_tables(folder, cache, sizes.long)),
        ):
            if documents:
                yield Read(name, spec.name, bench.outcomes(bench.lessons(documents), model), {})


if __name__ == "__main__":
    main()
