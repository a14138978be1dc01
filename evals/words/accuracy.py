"""Live accuracy as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.accuracy import Accuracy, Agreement

_FEW = 30


@dataclass(frozen=True, slots=True)
class Waiting:
    """What people have not answered yet: estimates take it to be like what they have."""

    routed: int
    audits: int
    overdue_audits: int


@dataclass(frozen=True, slots=True)
class Live:
    """Live accuracy of a span of days.

    Attributes:
        read: By ``type`` and ``type.field``, how often production reads it right.
        passed: The same of fields that nobody would have looked at.
        gold: Share of seeded answers that reviewers gave right, and of how many.
        lost: Documents whose record is not in the store any more.
    """

    first: str
    last: str
    read: Mapping[str, Accuracy]
    passed: Mapping[str, Accuracy]
    agreement: Agreement
    gold: tuple[int, int]
    waiting: Waiting
    hurried: Sequence[str]
    lost: int


def accuracy_lines(found: Live) -> list[str]:
    """Return live accuracy as lines: what is read right, and what passes without a person."""
    lines = [f"ACCURACY {found.first} to {found.last}  of all production, by what people were asked"]
    for name, one in found.read.items():
        indent = "  " if "." in name else ""
        lines.append(f"{indent}{name:<32} {words(one)}{_naive(one)}")
        passed = found.passed.get(name)
        if passed is not None and passed.value is not None and "." not in name:
            lines.append(f"  passed without a person          {words(passed)}")
    if not found.read:
        lines.append("nothing was reviewed in these days; without audits there is nothing to estimate from")
    waiting = found.waiting
    lines.append(
        f"waiting    {waiting.routed} routed reviews, {waiting.audits} audits "
        f"({waiting.overdue_audits} overdue): taken to be like those answered"
    )
    lines.append(_people(found))
    if found.hurried:
        lines.append(
            f"note       faster than anybody reads: {', '.join(found.hurried)}; their word counts here"
        )
    if found.lost:
        lines.append(
            f"note       {found.lost} documents are left out: their record is not in the store any more"
        )
    return lines


def words(one: Accuracy) -> str:
    """Return ``96.5% [94.8, 97.7]  320 docs, 53 audited``."""
    if one.value is None:
        return "nobody was asked"
    whole = one.low == one.high
    interval = "all looked at" if whole else f"[{100 * one.low:.1f}, {100 * one.high:.1f}]"
    few = (
        "  no audits: says nothing of what nobody doubted"
        if not one.audited
        else (f"  few audits: {one.audited}" if one.audited < _FEW else "")
    )
    return f"{100 * one.value:5.1f}% {interval:<14} {one.documents} docs, {one.audited} audited{few}"


def _naive(one: Accuracy) -> str:
    if one.value is None or one.naive is None or abs(one.naive - one.value) < 0.01:
        return ""
    return f"  (reviewed ones alone: {100 * one.naive:.1f}%, {100 * (one.naive - one.value):+.1f} wrong)"


def _people(found: Live) -> str:
    both = found.agreement
    if both.share is None:
        said = "no field was answered by two people"
    else:
        kappa = "–" if both.kappa is None else f"{both.kappa:.2f}"
        said = (
            f"two people agree on {100 * both.share:.1f}% of {both.fields} fields (κ {kappa}): no model "
            f"can be shown to be above about {100 * (both.ceiling or 0):.1f}%"
        )
    right, judged = found.gold
    gold = f"; gold {right} of {judged} right" if judged else ""
    return f"people     {said}{gold}"
