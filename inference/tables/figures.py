"""How tables were read by models that had not seen them: one document's outcome, and figures of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.labelled.documents import LabelledDocument
from inference.learned.measures import Counts, auroc, expected_calibration_error
from inference.reading.document import Ints
from inference.tables.scores import TableScore


@dataclass(frozen=True)
class Outcome:
    """How the table of one document was read by a model that had not seen it.

    Attributes:
        confidence: Of the whole table.
        cells: Confidence and rightness of every cell given.
        summed: Whether the amounts of the reading add up to one printed below, where a table was read.
    """

    document: LabelledDocument
    score: TableScore
    confidence: float
    cells: tuple[tuple[float, bool], ...]
    summed: bool


@dataclass(frozen=True)
class TableFigures:
    """Figures of outcomes.

    Attributes:
        totals: Of tables with several rows that add up to a printed amount: how many, and how many of
            them have every amount right.
    """

    documents: int
    counts: Counts
    columns: Mapping[str, Counts]
    rows: int
    invented: int
    missed: int
    whole: float
    auroc: float | None
    ece: float
    cell_auroc: float | None
    cell_ece: float
    totals: tuple[int, int]


def table_figures(outcomes: Sequence[Outcome], summed: str | None = None) -> TableFigures:
    """Return the figures of outcomes, which must not be none; ``summed`` names the column of the totals."""
    columns: dict[str, Counts] = {}
    for outcome in outcomes:
        for name, counts in outcome.score.columns.items():
            columns[name] = columns.get(name, Counts()) + counts
    right = np.array([o.score.right for o in outcomes], dtype=np.int64)
    sure = np.array([o.confidence for o in outcomes])
    cell_sure = np.array([c for o in outcomes for c, _ in o.cells])
    cell_right: Ints = np.array([r for o in outcomes for _, r in o.cells], dtype=np.int64)
    adding = [o for o in outcomes if o.summed and o.score.rows > 1 and summed in o.score.columns]
    exact = [
        o
        for o in adding
        if summed is not None and o.score.columns[summed].right == o.score.columns[summed].given
    ]
    return TableFigures(
        len(outcomes),
        sum((o.score.counts for o in outcomes), Counts()),
        columns,
        sum(o.score.rows for o in outcomes),
        sum(o.score.invented for o in outcomes),
        sum(o.score.missed for o in outcomes),
        float(right.mean()),
        auroc(sure, right),
        expected_calibration_error(sure, right),
        auroc(cell_sure, cell_right) if len(cell_right) else None,
        expected_calibration_error(cell_sure, cell_right),
        (len(adding), len(exact)),
    )
