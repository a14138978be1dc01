"""What speaks against a record as a whole, whatever its fields say; pure."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.layout import Note, NoteKind

MOST_NAMED = 3
"""Duplicates named in one reason; the others are counted."""


def about_record(
    notes: Sequence[Note],
    duplicates: Sequence[str],
    copies: Sequence[str] = (),
    *,
    people_decided: bool,
) -> tuple[str, ...]:
    """Return the doubts about a record as a whole, in words; a person who looked has seen them.

    Args:
        notes: On the document's pages, as the Gatekeeper left them.
        duplicates: Other documents with the same business key.
        copies: Other documents with the same bytes.
        people_decided: Whether a person has decided any of its fields.
    """
    if people_decided:
        return ()
    others = [one for one in duplicates if one not in copies]
    return (
        *_instructed(notes),
        *doubled(copies, "the same file"),
        *doubled(others, "the same business key"),
    )


def _instructed(notes: Sequence[Note]) -> tuple[str, ...]:
    """Whoever prints orders to machines on a document wants something of its reader: a person looks."""
    found = {note.page for note in notes if note.kind is NoteKind.INSTRUCTIONS}
    if not found:
        return ()
    pages = sorted(page for page in found if page is not None)
    numbers = ", ".join(map(str, pages))
    where = f"on page{'' if len(pages) == 1 else 's'} {numbers}" if pages else "beside the pages"
    return (f"text {where} tells automated readers what to do; none of it was followed",)


def doubled(duplicates: Sequence[str], what: str) -> tuple[str, ...]:
    """Return the doubt that a document came before, naming what it shares with the others."""
    if not duplicates:
        return ()
    named = ", ".join(one[:12] for one in duplicates[:MOST_NAMED])
    more = f" and {len(duplicates) - MOST_NAMED} more" if len(duplicates) > MOST_NAMED else ""
    return (f"possible duplicate of {named}{more}: {what}",)
