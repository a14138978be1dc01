"""Reading page ranges from a decision file: every page exactly once, in order."""

from __future__ import annotations

import re
from typing import Any

from ops.reviews.decide import Review
from review.sheet.values import DecisionFileError
from schemas.packets import ranges_problem

_RANGE = re.compile(r"\s*(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?\s*")
_HOW = 'write it as "1-3, 4, 5-9", or as [[1, 3], [4, 4], [5, 9]]'


def split_ranges(given: Any, review: Review) -> tuple[tuple[int, int], ...]:
    """Return the page ranges that a decision file gives; one range over all pages: it is one document.

    Raises:
        DecisionFileError: They can't be read, or lose, double or disorder a page.
    """
    if not review.page_count:
        raise DecisionFileError(
            "split: this file has no pages to split; each of its parts is decided by itself"
        )
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list) or not parts:
        raise DecisionFileError(f"split can't be read; {_HOW}")
    ranges = tuple(_range(part) for part in parts)
    problem = ranges_problem(ranges, review.page_count)
    if problem is not None:
        raise DecisionFileError(
            f"split: {problem}; give each of the {review.page_count} pages once, in order"
        )
    return ranges


def _range(given: Any) -> tuple[int, int]:
    # Numbers come as they are written, as text.
    if isinstance(given, list) and 1 <= len(given) <= 2 and all(isinstance(one, str) for one in given):
        given = "-".join(given)
    found = _RANGE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise DecisionFileError(f"split: {str(given)[:40]!r} is no page range; {_HOW}")
    first = int(found[1])
    return first, int(found[2]) if found[2] else first
