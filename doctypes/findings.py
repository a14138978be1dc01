"""What a rule found, three-valued."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.results import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: a verdict and the numbers behind it."""

    verdict: Verdict
    explanation: str


def holds(explanation: str) -> Finding:
    """Return that the rule holds."""
    return Finding(Verdict.HOLDS, explanation)


def broken(explanation: str) -> Finding:
    """Return that the rule is broken."""
    return Finding(Verdict.BROKEN, explanation)


def cannot_tell(explanation: str) -> Finding:
    """Return that nothing can be said, and why."""
    return Finding(Verdict.CANNOT_TELL, explanation)


def check(truth: bool, explanation: str) -> Finding:
    """Return that the rule holds or is broken, with one explanation for both."""
    return holds(explanation) if truth else broken(explanation)
