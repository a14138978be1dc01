"""Rules over the rows of a table: one judgement per row, and exact sums of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from doctypes.findings import Finding, broken, cannot_tell, holds
from doctypes.rule_inputs import Fields, Unknown
from schemas.results import Verdict

SHOWN = 5
"""Rows that an explanation names; the rest are counted."""


def every_row(rows: Sequence[Fields], judge: Callable[[Fields], Finding]) -> Finding:
    """Return that ``judge`` holds for every row, or name the rows for which it is broken or can't tell.

    One broken row breaks the rule, whatever the others lack; one that lacks an input keeps it from passing.
    """
    found = [(row.place, _judged(row, judge)) for row in rows]
    for verdict, conclude in ((Verdict.BROKEN, broken), (Verdict.CANNOT_TELL, cannot_tell)):
        said = [_placed(place, finding.explanation) for place, finding in found if finding.verdict is verdict]
        if said:
            more = f"; and {len(said) - SHOWN} more rows" if len(said) > SHOWN else ""
            return conclude("; ".join(said[:SHOWN]) + more)
    if not rows:
        return cannot_tell("there are no rows")
    return holds("holds in the one row" if len(rows) == 1 else f"holds in all {len(rows)} rows")


def column_sum(rows: Sequence[Fields], column: str) -> Decimal:
    """Return the exact sum of a column; *cannot tell* where one row lacks it."""
    return sum((row.amount(column) for row in rows), Decimal(0))


def _judged(row: Fields, judge: Callable[[Fields], Finding]) -> Finding:
    try:
        return judge(row)
    except Unknown as unknown:
        return cannot_tell(str(unknown))


def _placed(place: str, explanation: str) -> str:
    return explanation if explanation.startswith(place) else f"{place}: {explanation}"
