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
    found = [_judged(row, judge) for row in rows]
    for verdict, conclude in ((Verdict.BROKEN, broken), (Verdict.CANNOT_TELL, cannot_tell)):
        concerned = [
            (row.place, finding.explanation.removeprefix(f"{row.place}: "))
            for row, finding in zip(rows, found, strict=True)
            if finding.verdict is verdict
        ]
        if concerned:
            return conclude(_told(concerned))
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


def _told(concerned: Sequence[tuple[str, str]]) -> str:
    """Return the first rows with what is said of them; those of which the same is said are named together."""
    alike: dict[str, list[str]] = {}
    for place, said in concerned[:SHOWN]:
        alike.setdefault(said, []).append(place.removeprefix("row "))
    told = "; ".join(
        f"{'row' if len(places) == 1 else 'rows'} {', '.join(places)}: {said}"
        for said, places in alike.items()
    )
    more = len(concerned) - SHOWN
    return told if more <= 0 else f"{told}; and {more} more {'row' if more == 1 else 'rows'}"
