"""What people found of models: counted to calibrate, to certify, and to tell the router whom to ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from doctypes.definition import DocType
from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from schemas.certificates import Certificate, Certificates
from schemas.histories import ModelHistory, Signs, Told

MOST_WEIGHT = 10.0
"""What one reviewed reading stands for at most, however unlikely it was to be reviewed."""
_DIGITS = 6
POPULATION = "audits"


@dataclass(frozen=True, slots=True)
class Judged:
    """One reading that a person looked at.

    Attributes:
        right: Whether the person left it as it was.
        inclusion: Probability with which this field of this document was asked about.
        audited: It was drawn uniformly, and belongs to the pool that certificates may rest on.
    """

    document_id: str
    field: str
    signs: Signs
    right: bool
    inclusion: float
    at: date
    audited: bool = False


def learned(doc_type: DocType, judged: Sequence[Judged]) -> ModelHistory | None:
    """Return the history of the models that read a type; None where nothing was judged.

    Confidences are calibrated on what was not audited for certificates, weighted by how unlikely it was to
    be reviewed; certificates rest on audits alone, one decision for each document.
    """
    if not judged:
        return None
    counted = ModelHistory(
        as_of=max(one.at for one in judged),
        told=tuple(_told(one for one in judged if not one.audited)),
    )
    certificates = tuple(_certificates(doc_type, counted, [one for one in judged if one.audited]))
    return counted.model_copy(update={"certificates": certificates})


def _told(judged: Iterable[Judged]) -> Iterable[Told]:
    groups: dict[tuple[str, Signs], list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.field, one.signs].append(one)
    for (field, signs), alike in sorted(groups.items(), key=lambda item: (item[0][0], repr(item[0][1]))):
        weights = [min(1 / one.inclusion, MOST_WEIGHT) for one in alike]
        right = sum(weight for one, weight in zip(alike, weights, strict=True) if one.right)
        yield Told(
            **signs.model_dump(),
            field=field,
            right=round(right, _DIGITS),
            decided=round(sum(weights), _DIGITS),
            readings=len(alike),
        )


def _certificates(
    doc_type: DocType, history: ModelHistory, audited: Sequence[Judged]
) -> Iterable[Certificates]:
    for model in sorted({one.signs.model for one in audited}):
        of_model = [one for one in audited if one.signs.model == model]
        found = tuple(_certificate(doc_type, history, spec.name, of_model) for spec in doc_type.fields)
        if any(one.decisions for one in found):
            yield Certificates(variant=model, certificates=found)


def _certificate(
    doc_type: DocType, history: ModelHistory, field: str, audited: Sequence[Judged]
) -> Certificate:
    latest = {one.document_id: one for one in sorted(audited, key=lambda one: one.at) if one.field == field}
    sure = [(history.confidence(field, one.signs), one.right) for one in latest.values()]
    known = [(confidence.value, right) for confidence, right in sure if confidence is not None]
    target = CRITICAL_TARGET if doc_type.field(field).critical else OTHER_TARGET
    decisions = Decisions(
        np.array([confidence for confidence, _ in known], dtype=np.float64),
        np.array([right for _, right in known], dtype=np.int64),
    )
    found = certify(field, decisions, target=target, population=POPULATION)
    return found.model_copy(update={"basis": "confirmed"})
