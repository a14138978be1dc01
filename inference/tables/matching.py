"""Which part of a table is which column: what was learned of each, products, one assignment for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.reading.document import Floats
from inference.tables.arithmetic import products_speak
from inference.tables.columns import Part
from inference.tables.model import HOPELESS, NUMERIC, Chosen, TableColumn

MATCHER_HEADS = 4
"""Numbers about headings that a matcher sees before the facts about a part."""

_NEEDED = 1.5


def matcher_inputs(values: Floats, chances: Floats, own: int) -> Floats:
    """Return what a column's matcher sees of parts: the facts, and what their headings may mean."""
    rest = np.delete(chances, own, axis=1)
    asked = rest[:, :-2].max(axis=1, initial=0.0) if rest.shape[1] > 2 else np.zeros(len(rest))
    heads = np.column_stack([chances[:, own], asked, chances[:, -2], chances[:, -1]])
    return np.concatenate([heads, values], axis=1)


def match(
    columns: Sequence[TableColumn],
    parts: Sequence[Part],
    values: Floats,
    chances: Floats,
    meanings: Sequence[str],
    products: Sequence[tuple[str, str, str]] = (),
) -> list[Chosen]:
    """Return which part each column is: together the likeliest, no part twice, none below even odds.

    Where numbers multiply as the columns named in ``products`` do, that speaks for all three.
    """
    if not parts:
        return []
    odds = np.array(
        [c.matcher.score(matcher_inputs(values, chances, meanings.index(c.name))) for c in columns]
    )
    odds = np.where(np.array([[_possible(c, p) for p in parts] for c in columns]), odds, HOPELESS)
    odds = odds + products_speak(odds, [column.name for column in columns], parts, products)
    # A third of what every process imports at its start; only readers of tables need it.
    from scipy.optimize import linear_sum_assignment

    # A table without a column that every row must have is no such table: less evidence will do for it.
    stay = np.tile([-_NEEDED if column.required else 0.0 for column in columns], (len(columns), 1)).T
    # One column of text may print two things, one above the other: it can be taken twice.
    twice = np.where([part.what == "text" for part in parts], odds, HOPELESS)
    chosen, where = linear_sum_assignment(-np.concatenate([odds, twice - 0.01, stay], axis=1))
    out: list[Chosen] = []
    for number, taken in zip(chosen.tolist(), where.tolist(), strict=True):
        place = taken % len(parts)
        if taken < 2 * len(parts) and odds[number, place] > -_NEEDED:
            others = np.delete(odds[number], place)
            margin = float(odds[number, place] - max(0.0, others.max(initial=HOPELESS)))
            out.append(Chosen(columns[number], parts[place], float(odds[number, place]), margin))
    return out


def _possible(column: TableColumn, part: Part) -> bool:
    return (part.what == "number") if column.kind in NUMERIC else True
