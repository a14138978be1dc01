"""What a model card says about lists of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inference.learned.measures import Counts
from inference.tables.figures import Outcome, TableFigures, table_figures
from inference.tables.training import TrainedTable

_HEADS = (
    "documents",
    "cells F1",
    "rows",
    "invented",
    "missed",
    "tables right",
    "AUROC",
    "ECE",
    "cells AUROC",
)


def table_lines(tables: Sequence[TrainedTable]) -> list[str]:
    """Return a section for every list of rows: what was read right out of fold, by origin and column."""
    lines: list[str] = []
    for table in tables:
        parts = _parts(table.outcomes)
        lines += [
            f"### Rows of `{table.reader.model.field}`",
            "",
            "Rows matched by assignment, then cells counted; a matched row never absolves a wrong cell. Of",
            "real documents only cells that are printed near their row count; *tables right*: every row and",
            "cell, none besides.",
            "",
            "| | " + " | ".join(_HEADS) + " |",
            "|---" * (len(_HEADS) + 1) + "|",
            *(_row(name, table_figures(outcomes)) for name, outcomes in parts),
            "",
            "| column | " + " | ".join(f"F1, {name}" for name, _ in parts) + " |",
            "|---" * (len(parts) + 1) + "|",
            *_columns(table, [table_figures(outcomes) for _, outcomes in parts]),
            "",
        ]
    return lines


def _parts(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    real = [outcome for outcome in outcomes if not outcome.document.generated]
    made = [outcome for outcome in outcomes if outcome.document.generated]
    named = (("real documents", real), ("generated documents", made))
    return [(name, part) for name, part in named if part]


def _row(name: str, figures: TableFigures) -> str:
    cells = [
        figures.documents, f"{figures.counts.f1:.3f}", figures.rows, figures.invented, figures.missed,
        f"{figures.whole:.3f}", number(figures.auroc), f"{figures.ece:.3f}", number(figures.cell_auroc),
    ]  # fmt: skip
    return f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |"


def _columns(table: TrainedTable, parts: Iterable[TableFigures]) -> list[str]:
    figures = list(parts)
    return [
        f"| {column} | " + " | ".join(_f1(one.columns.get(column)) for one in figures) + " |"
        for column in table.columns
    ]


def _f1(counts: Counts | None) -> str:
    return "-" if counts is None or not counts.wanted else f"{counts.f1:.3f}"


def number(value: float | None) -> str:
    """Return a figure as a card prints it."""
    return "-" if value is None else f"{value:.3f}"
