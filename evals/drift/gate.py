"""The runtime gate: certificates that audited production does not bear out; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.production import Cell, drawn_alike
from evals.scoring.intervals import auroc_interval, weighted_auroc
from inference.learned.certify import LEAST_AUROC, upper_bound
from schemas.certificates import Certificate, Certificates

LEVEL = 0.99
"""How sure it must be that a field's errors are above its target: it is asked every night, of every field."""
LEAST_ERRORS = 20
"""Errors seen below which nothing is said of a ranking."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A certificate that is not borne out, and why, in figures without any value."""

    doc_type: str
    bundle: str
    field: str
    why: str


def broken_certificates(
    cells: Sequence[Cell], doc_type: str, bundle: str, certificates: Certificates
) -> list[Broken]:
    """Return the certificates of a live bundle that audits of what it read do not bear out.

    Only documents count that were drawn at random, read by this very bundle.
    """
    mine = [c for c in drawn_alike(cells) if (c.doc_type, c.bundle) == (doc_type, bundle)]
    found = []
    for certificate in certificates.certificates:
        if certificate.threshold is None:
            continue
        why = _why([cell for cell in mine if cell.field == certificate.field], certificate)
        if why is not None:
            found.append(Broken(doc_type, bundle, certificate.field, why))
    return found


def _why(cells: Sequence[Cell], certificate: Certificate) -> str | None:
    accepted = [cell for cell in cells if cell.accepted]
    errors = sum(not cell.right for cell in accepted)
    # What is surely not right is surely wrong: from above the one, from below the other.
    least = 1 - upper_bound(len(accepted) - errors, len(accepted), LEVEL) if accepted else 0.0
    if least > certificate.target_error:
        return (
            f"{errors} of {len(accepted)} audited values it let pass were wrong, "
            f"{certificate.target_error:.1%} were certified"
        )
    if certificate.threshold:
        return _collapsed(cells)
    # A certificate at any confidence needs no ranking.
    return None


def _collapsed(cells: Sequence[Cell]) -> str | None:
    known = [cell for cell in cells if cell.confidence is not None]
    errors = sum(not cell.right for cell in known)
    if errors < LEAST_ERRORS:
        return None
    confidence = np.array([cell.confidence for cell in known], dtype=np.float64)
    right = np.array([cell.right for cell in known], dtype=np.float64)
    ones, documents = np.ones(len(known)), np.arange(len(known))
    ranking = weighted_auroc(confidence, right, ones)
    if ranking is None or auroc_interval(confidence, right, ones, documents)[1] >= LEAST_AUROC:
        return None
    return f"confidence no longer tells right from wrong (AUROC {ranking:.2f}, {errors} errors seen)"
