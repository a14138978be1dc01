"""Certified thresholds: from which confidence on a field may be accepted without a person."""

from __future__ import annotations

from typing import Literal

from schemas.layout import Frozen, Unit

GENERATED = "generated samples"
"""Population of a certificate whose documents the project made itself; it accepts nothing by default."""

SPLIT = "split"
"""The certificate for taking a file apart: every boundary in it at once."""
WHOLE = "whole"
"""The certificate for taking a file of several pages for one document."""


class Certificate(Frozen):
    """What was shown about one field's errors above a confidence.

    Attributes:
        field: The field; ``doc_type`` for the classifier, SPLIT and WHOLE for the splitter.
        target_error: The error rate the operator accepts.
        threshold: Accept from this confidence on; None where nothing could be certified.
        decisions: Decisions at or above the threshold (or all, where none was certified).
        errors: Wrong ones among them.
        bound: One-sided 95 % Clopper-Pearson upper bound of the error rate among them.
        needed: Decisions without an error that the target would need.
        auroc: Of the confidence, over all out-of-fold decisions; None where undefined.
        basis: ``estimated`` from out-of-fold training data, ``confirmed`` by uniformly drawn audits.
        population: What the decisions were drawn from.
    """

    field: str
    target_error: Unit
    threshold: Unit | None
    decisions: int
    errors: int
    bound: Unit
    needed: int
    auroc: Unit | None = None
    basis: Literal["estimated", "confirmed"] = "estimated"
    population: str

    def shortfall(self) -> str:
        """Return in words what it would take to certify the field, and what was seen."""
        return (
            f"error ≤ {self.target_error:.0%} needs {self.needed} decisions without an error; "
            f"{self.errors} of {self.decisions} were wrong"
        )


class Certificates(Frozen):
    """All certificates of one model variant."""

    variant: str
    certificates: tuple[Certificate, ...]

    def of(self, field: str) -> Certificate | None:
        """Return the certificate of ``field``, if there is one."""
        return next((c for c in self.certificates if c.field == field), None)
