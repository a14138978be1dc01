"""The values a person writes: read in their normal form, or refused with the sentence that helps."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from doctypes.definition import DocType, FieldSpec
from doctypes.forms.dates import find_dates
from doctypes.normalise import normalise
from schemas.errors import PermanentError
from schemas.fields import FieldKind

UNDECIDED = "?"
"""Stands for a value that nobody knows yet; a doubtful field can't be handed in with it."""

_EXAMPLES = {
    FieldKind.DATE: "2026-11-21",
    FieldKind.MONEY: "1140.00",
    FieldKind.NUMBER: "12.5",
    FieldKind.PERCENTAGE: "19",
    FieldKind.DURATION: "P12M",
    FieldKind.CURRENCY: "EUR",
    FieldKind.PRESENCE: "yes or no",
}


class DecisionFileError(PermanentError):
    """The decision file can't be taken as it is; correct what the sentence names and hand it in again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="decision_file")


def normal_value(spec: FieldSpec, value: str, doc_type: DocType, where: str) -> str:
    """Return a person's value in its normal form.

    Args:
        spec: The field, or the column of a row.
        value: As written.
        doc_type: Says how dates are read.
        where: How the sentence calls the place.

    Raises:
        DecisionFileError: Undecided, empty, or not readable in one way as the kind.
    """
    if value.strip() == UNDECIDED:
        raise DecisionFileError(
            f"{where} is still {UNDECIDED!r}: write its value, or null where the document has none"
        )
    if not value.strip():
        raise DecisionFileError(f"{where} is empty; write null where the document has none")
    found = normalise(spec.kind, value, day_first=doc_type.day_first)
    if found.value is None or found.ambiguous:
        example = _EXAMPLES.get(spec.kind)
        hint = f"; write it as {example}" if example else ""
        why = "can be read in two ways" if found.ambiguous else f"can't be read as {spec.kind.value}"
        raise DecisionFileError(f"{where}: {value[:80]!r} {why}{hint}")
    return found.value


def is_normal(kind: FieldKind, value: str | None) -> bool:
    """Whether a value that was read is in its normal form; one that can be read in two ways is not."""
    return value is not None and normalise(kind, value).value is not None


def meanings(kind: FieldKind, raw: str) -> tuple[str, ...]:
    """Return what a printed date may mean that can be read in two ways, day first; nothing for all else."""
    found = find_dates(raw) if kind is FieldKind.DATE else ()
    if len(found) != 1 or found[0].day_first is None or found[0].month_first is None:
        return ()
    return tuple(dict.fromkeys((found[0].day_first.isoformat(), found[0].month_first.isoformat())))


def require_known(name: str, known: Iterable[str], what: str) -> None:
    """Refuse a name that means nothing, with the one that was perhaps meant.

    Raises:
        DecisionFileError: ``name`` is not among ``known``.
    """
    known = list(known)
    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known)}"
    if what.endswith("key"):
        raise DecisionFileError(f"{what} {name!r} that means nothing here; {hint}")
    raise DecisionFileError(f"{what} {name!r}; {hint}")
