"""A passage that is nearly a quote: what a model copied with a slip, or read better than OCR did.

Only letters may differ. A digit that differs is another amount, another day, another account.
"""

from __future__ import annotations

from rapidfuzz import fuzz

LEAST_CHARACTERS = 8
"""A shorter quote is nearly anything."""
LEAST_SIMILAR = 88.0
"""Per cent, by rapidfuzz's ratio: one letter in eight may differ."""
_WORTH_A_LOOK = 75.0
"""Of a passage exactly as long as the quote, which a letter more or less shifts."""
_MOST_SLACK = 6
LEAST_DENSE = 0.8
"""Of the longer of quote and passage, how long the shorter one must be: a passage full of other words is
no evidence, however many of the quote's letters it holds."""
MOST_CHARACTERS = 400_000
"""Of a text that is searched: a bound on the time that a hostile document can cost."""
MOST_OF_A_QUOTE = 1_000


def nearest(wanted: str, text: str) -> tuple[int, int] | None:
    """Return start and end of the passage of ``text`` that is nearly ``wanted``; None if there is none.

    Both are folded: one case, one width, no spaces. Of equally good passages the first is taken.
    """
    if not LEAST_CHARACTERS <= len(wanted) <= MOST_OF_A_QUOTE or not text:
        return None
    searched = text[:MOST_CHARACTERS]
    if len(searched) < len(wanted):
        # The whole text is a part of what is quoted at best.
        return (0, len(searched)) if _is_near(wanted, searched) else None
    found = fuzz.partial_ratio_alignment(wanted, searched, score_cutoff=_WORTH_A_LOOK)
    if found is None:
        return None
    start, end = _fitted(wanted, searched, found.dest_start, found.dest_end)
    if not _is_near(wanted, searched[start:end]) or _cuts_a_number(searched, start, end):
        return None
    return start, end


def _fitted(wanted: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span around ``start:end`` that is most like ``wanted``, be it longer or shorter."""
    slack = min(max(1, len(wanted) // 8), _MOST_SLACK)
    spans = [
        (first, last)
        for first in range(max(0, start - slack), min(start + slack, len(text)) + 1)
        for last in range(max(0, end - slack), min(end + slack, len(text)) + 1)
        if first < last
    ]
    return max(spans, key=lambda span: (fuzz.ratio(wanted, text[span[0] : span[1]]), -span[0], -span[1]))


def _is_near(wanted: str, passage: str) -> bool:
    shorter, longer = sorted((len(wanted), len(passage)))
    return (
        shorter >= LEAST_DENSE * longer
        and _digits(wanted) == _digits(passage)
        and fuzz.ratio(wanted, passage) >= LEAST_SIMILAR
    )


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _cuts_a_number(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start - 1].isdigit() and text[start].isdigit()
    return before or (end < len(text) and text[end].isdigit() and text[end - 1].isdigit())
