"""How lists of rows are read: rows matched by assignment, then cells counted one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np

from benchmarks.scoring import RESAMPLES
from doctypes.definition import DocType, FieldSpec
from inference.extractor.fields import sketch_of
from inference.extractor.model import Extractor
from inference.labelled.documents import LabelledDocument
from inference.learned.measures import Counts
from inference.tables.figures import Outcome, table_figures
from inference.tables.lessons import lesson_of
from inference.tables.reading import read_table
from inference.tables.scores import score_table
from inference.tables.truth import NUMERIC

Measure = Callable[[Sequence[Outcome]], float]


def table_outcomes(
    extractor: Extractor, doc_type: DocType, tested: Sequence[LabelledDocument]
) -> Iterator[tuple[str, Outcome]]:
    """Yield field and outcome of every labelled list of rows in documents the extractor never saw.

    Of a real document only the cells that are printed near their row count, and one none of whose rows is
    printed is left out.
    """
    for spec in (spec for spec in doc_type.fields if spec.name in extractor.tables):
        columns = [sketch_of(column) for column in spec.columns]
        for document in (document for document in tested if spec.name in document.tables):
            label = document.tables[spec.name]
            printed = lesson_of(document, spec.name, columns).rows
            if label.rows and not printed:
                continue
            answer = read_table(extractor.tables[spec.name], document.document)
            given = [{name: cell.value for name, cell in row.items()} for row in answer.rows or ()]
            sure = [{name: cell.confidence for name, cell in row.items()} for row in answer.rows or ()]
            score = score_table(
                given, label.rows, columns, label.columns, None if document.generated else printed
            )
            cells = tuple((sure[row][name], right) for (row, name), right in score.cells.items())
            yield spec.name, Outcome(document, score, answer.confidence, cells, answer.summed)


def report_tables(
    doc_type: DocType, found: Sequence[tuple[str, Outcome]], groups: dict[str, str]
) -> list[dict[str, object]]:
    """Print what was read right of every list of rows and return the figures.

    Args:
        doc_type: Declares them.
        found: Outcomes with their fields.
        groups: By document, what a macro average takes together (a layout).
    """
    out = []
    for spec in (spec for spec in doc_type.fields if spec.columns):
        outcomes = [outcome for name, outcome in found if name == spec.name]
        if outcomes:
            out.append(_report(spec, outcomes, groups))
    return out


def _report(spec: FieldSpec, outcomes: Sequence[Outcome], groups: dict[str, str]) -> dict[str, object]:
    figures = table_figures(outcomes, summed_column(spec))
    numbers_f1 = numbers_of(spec)(outcomes)
    macro = macro_of(groups)(outcomes)
    low, high = table_interval(outcomes, cells_f1)
    adding, exact = figures.totals
    long = [o for o in outcomes if len(o.document.tables[spec.name].rows) > _LONG]
    complete = [o for o in long if not o.score.missed and not o.score.invented]
    print(
        f"{spec.name}: {figures.documents} tables, cells F1 {figures.counts.f1:.3f} ({low:.3f} to {high:.3f})"
    )
    print(f"  precision {figures.counts.precision:.3f}, recall {figures.counts.recall:.3f}")
    print(f"  numbers {numbers_f1:.3f}, mean over layouts {macro:.3f}")
    print(
        "  "
        + ", ".join(f"{name} {counts.f1:.3f}" for name, counts in figures.columns.items() if counts.wanted)
    )
    print(f"  rows {figures.rows}, invented {figures.invented}, missed {figures.missed}")
    print(f"  tables right {figures.whole:.3f}, AUROC {_number(figures.auroc)}, ECE {figures.ece:.3f}")
    print(f"  cells' AUROC {_number(figures.cell_auroc)}, ECE {figures.cell_ece:.3f}")
    print(f"  sum printed and several rows: {adding}, all amounts right in {exact}")
    print(
        f"  more than {_LONG} rows: {len(long)}, every row there and none besides in {len(complete)}",
        flush=True,
    )
    worst = sorted(outcomes, key=lambda o: (o.score.counts.f1, o.document.key))[:10]
    print("  worst: " + ", ".join(f"{o.document.key} ({o.score.counts.f1:.2f})" for o in worst))
    return {
        "field": spec.name,
        "figures": asdict(figures),
        "numbers_f1": numbers_f1,
        "macro_f1": macro,
        "f1_interval": [low, high],
        "long": [len(long), len(complete)],
    }


_LONG = 12


def summed_column(spec: FieldSpec) -> str | None:
    """Return the column whose amounts a printed total sums."""
    return next((column.name for column in spec.columns if column.critical), None)


def cells_f1(outcomes: Sequence[Outcome]) -> float:
    """Return F1 over all cells."""
    return sum((outcome.score.counts for outcome in outcomes), Counts()).f1


def numbers_of(spec: FieldSpec) -> Measure:
    """Return what measures F1 over the cells that are numbers."""
    numeric = {column.name for column in spec.columns if column.kind in NUMERIC}

    def measure(outcomes: Sequence[Outcome]) -> float:
        found = (counts for o in outcomes for name, counts in o.score.columns.items() if name in numeric)
        return sum(found, Counts()).f1

    return measure


def macro_of(groups: dict[str, str]) -> Measure:
    """Return what measures the mean of F1 over groups of documents."""

    def measure(outcomes: Sequence[Outcome]) -> float:
        by_group: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_group.setdefault(groups.get(outcome.document.key, ""), []).append(outcome)
        return float(np.mean([cells_f1(mine) for mine in by_group.values()]))

    return measure


def table_interval(outcomes: Sequence[Outcome], of: Measure) -> tuple[float, float]:
    """Return the 95 % interval of a figure by resampling documents, seeded."""
    generator = np.random.default_rng(0)
    drawn = generator.integers(len(outcomes), size=(RESAMPLES, len(outcomes)))
    low, high = np.percentile([of([outcomes[i] for i in rows]) for rows in drawn], [2.5, 97.5])
    return float(low), float(high)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
