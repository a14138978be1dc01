"""What normalising gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Normalised:
    """The normal form of a printed value, or why there is none.

    Attributes:
        value: Normal form; None where the text has none, or has more than one.
        ambiguous: The text reads in more than one way and nothing here decides which.
        notes: What a person should know, one clause each; never the text itself.
    """

    value: str | None
    ambiguous: bool = False
    notes: tuple[str, ...] = ()


def nothing(note: str, *, ambiguous: bool = False) -> Normalised:
    """Return the absence of a normal form, with its reason."""
    return Normalised(None, ambiguous, (note,))
