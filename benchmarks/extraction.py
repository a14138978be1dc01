"""The extraction bench: the local model on labelled documents that it has not seen.

python -m benchmarks.extraction --data DIR [--set NAME ...] [--cache DIR] [--json] [--curve] [--explain KEY]
python -m benchmarks.extraction --data DIR --set sroie-mixed --corrections [--seeds N]
python -m benchmarks.extraction --type TYPE --train FILE --test FILE [--cache DIR]

Every figure is that of the shipped code: what ``inference.extractor.training.train`` learned from the other
folds reads each document with ``inference.extractor.model.extract``, and the thresholds are those certified
on them.
Folds never part a family (near-duplicates, one vendor, one layout); *mixed* ones never part documents
that are nearly equal, neither those that are tested nor those inside a training: what it takes for new
documents is what it is tested on. With ``--cache`` originals are read once.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.corrections import corrections
from benchmarks.scoring import Outcome, f1_of, figures, interval, outcome, table, threshold_together, together
from benchmarks.sets import (
    LAYOUTS,
    PLANS,
    Plan,
    groups_of,
    made_documents,
    mixed,
    most_varied,
    opened,
    paged,
    parts_of,
    planned_documents,
)
from benchmarks.tables import report_tables, table_outcomes
from doctypes.definition import DocType
from doctypes.folder import TypeFolder, load_all
from inference.extractor.fields import FieldSketch, sketch_of
from inference.extractor.learning_data import Prepared, prepare
from inference.extractor.model import answers, extract
from inference.extractor.training import Ready, Trained, train
from inference.labelled.datasets import LABELS
from inference.labelled.documents import LabelledDocument
from inference.reading.document import Ints
from inference.reading.lexicon import Lexicon
from inference.tables.figures import Outcome as TableOutcome
from inference.train.commands import REAL_WEIGHT
from schemas.certificates import GENERATED

SIZES = (10, 50, 100, 200)
WORST = 10


def remembering() -> Ready:
    """Return ``prepare`` with a memory: a document is described once for all folds."""
    known: dict[tuple[str, bool | None, Lexicon], Prepared] = {}

    def ready(
        document: LabelledDocument, fields: Sequence[FieldSketch], day_first: bool | None, lexicon: Lexicon
    ) -> Prepared:
        key = document.key, day_first, lexicon
        if key not in known:
            known[key] = prepare(document, fields, day_first, lexicon)
        # The same pages may come again with another weight or family.
        return replace(known[key], labelled=document)

    return ready


@dataclass(frozen=True)
class Bench:
    """A set ready to be benched; ``mixed``: what it is tested on comes of layouts that it learned from."""

    doc_type: DocType
    documents: list[LabelledDocument]
    ready: Ready
    folds: int
    made: Sequence[LabelledDocument] = ()
    mixed: bool = False

    def score(self, trained: Trained, tested: Sequence[LabelledDocument]) -> Iterator[Outcome]:
        """Yield the outcome of every labelled field of documents that ``trained`` never saw.

        What is certified on generated samples alone is not accepted: it is not unless an operator says so.
        """
        fields = [sketch_of(spec) for spec in self.doc_type.fields if not spec.columns]
        real = (c for c in trained.certificates if c.population != GENERATED)
        thresholds = {c.field: c.threshold for c in real}
        day_first, loosest = trained.extractor.day_first, threshold_together(trained.held_out)
        for document in tested:
            prepared = self.ready(document, fields, day_first, trained.extractor.lexicon)
            read = answers(trained.extractor, document.document, prepared.candidates, fields)
            for field, answer in zip(fields, read, strict=True):
                if field.name in prepared.wanted:
                    yield outcome(prepared, field, answer, day_first, thresholds.get(field.name), loosest)

    def run(self, parts: Sequence[tuple[Ints, Ints]]) -> tuple[list[Outcome], list[tuple[str, TableOutcome]]]:
        """Return the outcomes of all test parts, each by a model of its training part; tables apart."""
        out: list[Outcome] = []
        tables: list[tuple[str, TableOutcome]] = []
        for kept, held in parts:
            trained = self.learn([self.documents[i] for i in kept])
            tested = [self.documents[i] for i in held]
            out += self.score(trained, tested)
            tables += table_outcomes(trained.extractor, self.doc_type, tested)
        return out, tables

    def learn(self, documents: Sequence[LabelledDocument]) -> Trained:
        """Return what training learns from documents, beside those that the project makes itself."""
        if self.made:
            documents = [*self.made, *(replace(document, weight=REAL_WEIGHT) for document in documents)]
        return train(documents, self.doc_type, folds=self.folds, ready=self.ready, mixed=self.mixed)


def curve(bench: Bench, plan: Plan) -> Iterator[tuple[int, float]]:
    """Yield F1 on one test part after learning from 10, 50, 100, 200 and all other documents."""
    kept, held = most_varied(bench.documents, parts_of(bench.documents, plan))
    shuffled = np.random.default_rng(0).permutation(kept)
    for size in (*(size for size in SIZES if size < len(kept)), len(kept)):
        trained = bench.learn([bench.documents[i] for i in sorted(shuffled[:size])])
        yield size, f1_of(list(bench.score(trained, [bench.documents[i] for i in held])))


def explain(bench: Bench, plan: Plan, key: str) -> list[str]:
    """Return what a model that never saw the document ``key`` answers, beside its labels."""
    place = next(i for i, document in enumerate(bench.documents) if document.key == key)
    kept, _ = next((kept, held) for kept, held in parts_of(bench.documents, plan) if place in held)
    trained, document = bench.learn([bench.documents[i] for i in kept]), bench.documents[place]
    lines = [f"{key}: {len(document.document.segments)} lines"]
    for answer in extract(trained.extractor, document.document, list(map(sketch_of, bench.doc_type.fields))):
        labels = document.fields.get(answer.name)
        lines.append(f"  {answer.name}: labels {'not labelled' if labels is None else list(labels)}")
        for name, values in (("answer", answer.values), ("else", answer.alternatives)):
            lines += [f"    {name}: {v.value!r} at {v.lines}, {v.confidence:.3f}" for v in values]
        lines.append(f"    confidence {answer.confidence:.3f}" + ("" if answer.values else ", absent"))
    return lines


def report(name: str, doc_type: DocType, outcomes: Sequence[Outcome], seconds: float) -> dict[str, object]:
    """Print a set's table and return its figures."""
    rows = [
        figures(spec.name, mine)
        for spec in doc_type.fields
        if (mine := [o for o in outcomes if o.field == spec.name])
    ]
    whole = figures("all fields", outcomes)
    low, high = interval(outcomes, f1_of)
    documents = len({o.document for o in outcomes})
    print(
        f"\n{name}: {documents} documents, F1 {whole.f1:.3f} ({low:.3f} to {high:.3f}), {seconds:.0f} s CPU"
    )
    print("\n".join([*table([*rows, whole]), together(whole)]))
    wrong: dict[str, int] = {}
    for one in outcomes:
        wrong[one.document] = wrong.get(one.document, 0) + (not one.right)
    worst = sorted(wrong, key=lambda key: (-wrong[key], key))[:WORST]
    print("worst: " + ", ".join(f"{key} ({wrong[key]})" for key in worst))
    return {
        "set": name,
        "documents": documents,
        "f1_interval": [low, high],
        "fields": [asdict(row) for row in rows],
        "all": asdict(whole),
        "worst": worst,
        "cpu_seconds": seconds,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, help="folder with the labelled sets")
    parser.add_argument(
        "--set", action="append", choices=[p.name for p in PLANS], help="only this one; repeat"
    )
    parser.add_argument("--type", help="the type, with --train and --test")
    parser.add_argument("--train", type=Path, metavar="FILE", help="a labels.jsonl to learn from")
    parser.add_argument("--test", type=Path, metavar="FILE", help="a labels.jsonl to score")
    parser.add_argument(
        "--mixed", action="store_true", help="with --train: tested on vendors learned from too"
    )
    parser.add_argument("--cache", type=Path, help="where the layouts of originals are kept")
    parser.add_argument("--folds", type=int, default=5, help="inner folds of each training")
    parser.add_argument("--curve", action="store_true", help="learning curves instead")
    parser.add_argument("--corrections", action="store_true", help="what rounds of corrections bring instead")
    parser.add_argument("--seeds", type=int, default=2, help="repetitions of --corrections")
    parser.add_argument("--explain", metavar="KEY", help="one document's answers beside its labels")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the tables")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Bench what the command line asks for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    folders = {folder.doc_type.name: folder for folder in load_all()}
    if options.train:
        print_json([_given_split(options, folders)], wanted=options.json)
        return
    if options.data is None:
        parser.error("give --data, or --train and --test")
    done = []
    for plan in PLANS:
        if options.set is None or plan.name in options.set:
            done += _one(plan, options, folders[plan.doc_type])
    print_json(done, wanted=options.json)


def _one(plan: Plan, options: argparse.Namespace, folder: TypeFolder) -> list[dict[str, object]]:
    documents = planned_documents(plan, options.data, folder, options.cache)
    if plan.made:
        documents = paged(documents, options.data / plan.folder / LABELS)
    made = made_documents(folder, options.cache) if plan.made else []
    bench = Bench(folder.doc_type, documents, remembering(), options.folds, made, plan.mixed)
    if options.explain:
        if any(document.key == options.explain for document in documents):
            print("\n".join(explain(bench, plan, options.explain)))
        return []
    if options.corrections:
        kept, held = most_varied(documents, parts_of(documents, plan))
        rounds = []
        for one in corrections(bench, kept.tolist(), held.tolist(), range(options.seeds)):
            rounds.append(one)
            said = f"{one.way:32} seed {one.seed} {one.documents:4}"
            print(f"{said}  F1 {one.f1:.3f}  sure {one.sure_half:.3f}", flush=True)
        return [{"set": plan.name, "corrections": [asdict(one) for one in rounds]}]
    if options.curve:
        points = list(curve(bench, plan))
        print(f"{plan.name}: " + ", ".join(f"{size}: {f1:.3f}" for size, f1 in points), flush=True)
        return [{"set": plan.name, "curve": points}]
    begun = time.process_time()
    outcomes, tables = bench.run(parts_of(documents, plan))
    done = report(plan.name, folder.doc_type, outcomes, time.process_time() - begun)
    layouts = groups_of(documents, LAYOUTS)
    return [done | {"tables": report_tables(folder.doc_type, tables, layouts)}]


def _given_split(options: argparse.Namespace, folders: dict[str, TypeFolder]) -> dict[str, object]:
    folder = folders[options.type]
    learned, tested = (opened(path, folder, options.cache) for path in (options.train, options.test))
    if options.mixed:
        learned = mixed(learned)
    bench = Bench(folder.doc_type, tested, remembering(), options.folds, mixed=options.mixed)
    begun = time.process_time()
    outcomes = list(bench.score(bench.learn(learned), tested))
    return report(f"{options.type}, given split", folder.doc_type, outcomes, time.process_time() - begun)


def print_json(done: list[dict[str, object]], *, wanted: bool) -> None:
    """Print figures as JSON where it is wanted."""
    if wanted:
        print(json.dumps(done, indent=1))


if __name__ == "__main__":
    main()
