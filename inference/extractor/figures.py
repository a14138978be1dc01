"""How fields did out of fold: found, made up, right, and what their confidence is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.learner import HeldOut
from inference.labelled.documents import LabelledDocument
from inference.learned.measures import Counts, auroc, expected_calibration_error, populated_bins
from inference.reading.document import Floats

EVERYTHING = "all fields"


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """How one field (or all of them) did out of fold.

    Attributes:
        counts: Values found and right, given, wanted.
        labelled: Documents in which the field is labelled, present or absent.
        absent: Documents in which it is labelled absent.
        fabricated: Of these, the ones in which a value was given all the same.
        not_found: Documents in which no candidate means what the label says.
        accuracy: Share of right decisions, absent ones included.
        auroc: Of the confidence; None where all decisions are right, or all wrong.
    """

    name: str
    counts: Counts
    labelled: int
    absent: int
    fabricated: int
    not_found: int
    accuracy: float
    auroc: float | None
    ece: float
    bins: int


def figures_of(name: str, held_out: Sequence[HeldOut], confidences: Sequence[Floats]) -> FieldFigures:
    """Return the figures of decisions out of fold with their cross-fitted confidences."""
    counts = Counts()
    absent = fabricated = 0
    for out in held_out:
        for ranked, wanted, decision in zip(out.rankings, out.wanted, out.decisions, strict=True):
            keys = {ranked.keys[group] for group in decision.groups}
            counts += Counts(
                len(keys & wanted), len(keys), len(wanted) if out.field.many else min(1, len(wanted))
            )
            absent += not wanted
            fabricated += not wanted and bool(keys)
    right = np.concatenate([out.right for out in held_out])
    sure = np.concatenate(list(confidences))
    return FieldFigures(
        name, counts, len(right), absent, fabricated, sum(len(not_found(out)) for out in held_out),
        float(right.mean()),
        auroc(sure, right), expected_calibration_error(sure, right), populated_bins(sure),
    )  # fmt: skip


def by_origin(
    documents: Sequence[LabelledDocument], held_out: Sequence[HeldOut], confidences: Sequence[Floats]
) -> tuple[tuple[str, tuple[FieldFigures, ...]], ...]:
    """Return the figures apart for real and for generated documents; none where all are of one origin."""
    made = {document.generated for document in documents}
    if len(made) < 2:
        return ()
    out: list[tuple[str, tuple[FieldFigures, ...]]] = []
    for generated, name in ((False, "real documents"), (True, "generated documents")):
        parts: list[HeldOut] = []
        sure: list[Floats] = []
        for held, confidence in zip(held_out, confidences, strict=True):
            kept = [n for n, i in enumerate(held.documents) if documents[i].generated is generated]
            if kept:
                parts.append(held.only(kept))
                sure.append(confidence[kept])
        table = [figures_of(part.field.name, [part], [s]) for part, s in zip(parts, sure, strict=True)]
        out.append((name, (*table, figures_of(EVERYTHING, parts, sure))))
    return tuple(out)


def not_found(out: HeldOut) -> list[int]:
    """Return the documents in which no candidate means what the label says."""
    rows = zip(out.documents, out.rankings, out.wanted, strict=True)
    return [i for i, ranked, wanted in rows if wanted and not wanted & set(ranked.keys)]
