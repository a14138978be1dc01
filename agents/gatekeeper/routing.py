"""Where a classified document goes: pure, and every comparison is put into words."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.certificates import GENERATED, Certificate
from schemas.classification import UNKNOWN_TYPE
from schemas.documents import Route
from schemas.layout import Quality


@dataclass(frozen=True, slots=True)
class TypeReading:
    """What the classifier says: the type, its calibrated probability, and how new the document looks.

    ``stated`` tells in words by what the document itself states that type; no certificate is needed then.
    """

    doc_type: str
    confidence: float
    novelty: float | None
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """A route, why (in words, where it is not plain extraction), and the arithmetic behind it."""

    route: Route
    reason: str | None
    arithmetic: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator accepts.

    Attributes:
        min_quality: Below this document quality a person decides (0..1).
        accept_generated: Whether a certificate on generated samples counts.
    """

    min_quality: float
    accept_generated: bool


def route(
    reading: TypeReading,
    known_types: frozenset[str],
    quality: Quality,
    certificate: Certificate | None,
    limits: Limits,
) -> Routing:
    """Return the route: to extraction only if type, certificate and quality all allow it."""
    lines: list[str] = []
    reasons: list[str] = []
    if reading.doc_type == UNKNOWN_TYPE:
        novelty = "" if reading.novelty is None else f", novelty {reading.novelty:.2f}"
        lines.append(f"type: unknown ({reading.confidence:.2f}{novelty}) → review")
        reasons.append("the document resembles none of the known types")
    elif reading.doc_type not in known_types:
        lines.append(f"type: {reading.doc_type} is not in this release → review")
        reasons.append(f"type {reading.doc_type} is not set up in this release")
    else:
        _type_line(reading, certificate, limits, lines, reasons)
    if quality.score < limits.min_quality:
        lines.append(f"quality: {quality.score:.2f} < {limits.min_quality:.2f} → review")
        reasons.append("the document is hard to read: " + ("; ".join(quality.reasons) or "low quality"))
    else:
        lines.append(f"quality: {quality.score:.2f} ≥ {limits.min_quality:.2f}")
    if reasons:
        return Routing(Route.REVIEW, "; ".join(reasons), tuple(lines))
    return Routing(Route.EXTRACT, None, tuple(lines))


def _type_line(
    reading: TypeReading,
    certificate: Certificate | None,
    limits: Limits,
    lines: list[str],
    reasons: list[str],
) -> None:
    stated = f"type: {reading.doc_type} {reading.confidence:.2f}"
    if reading.stated is not None:
        lines.append(f"{stated}, {reading.stated}")
    elif certificate is None or certificate.threshold is None:
        lines.append(f"{stated}, no certified threshold{_needs(certificate)} → review")
        reasons.append("the type classifier has no certified threshold")
    elif certificate.population == GENERATED and not limits.accept_generated:
        lines.append(f"{stated}, certified on generated samples only → review")
        reasons.append("the type classifier is certified on generated samples only")
    elif reading.confidence < certificate.threshold:
        lines.append(f"{stated} < {certificate.threshold:.2f} → review")
        reasons.append(f"the type is doubtful: {reading.doc_type} at {reading.confidence:.2f}")
    else:
        lines.append(
            f"{stated} ≥ {certificate.threshold:.2f} (error ≤ {certificate.bound:.1%} at 95 %, "
            f"{certificate.errors} of {certificate.decisions} wrong)"
        )


def _needs(certificate: Certificate | None) -> str:
    """Return what it would take to certify the type; nothing where nobody ever tried."""
    return "" if certificate is None else f" ({certificate.shortfall()})"
