"""Scoring answers against labels: what counts as right, the figures, and how sure they are.

A value is right when its normal form means the same as a label's (``doctypes.normalise.similar_key``); a
field that its type compares fuzzily may differ in 5 % of its letters and digits. A list is right when all
of it is; its values count one by one for F1. Absent is an answer: right where the labels say absent.
What is reviewed, accepted and wrong is counted in decisions, one about each labelled field of a document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.fields import FieldSketch
from inference.extractor.learning_data import Prepared
from inference.extractor.model import FieldAnswer
from inference.learned.certify import Decisions, upper_bound
from inference.learned.measures import Counts, auroc, expected_calibration_error, populated_bins
from inference.reading.spans import order_in
from inference.reading.values import key_of

RESAMPLES = 200
TOGETHER = 0.02
"""Error that one threshold for all fields of a type together may leave."""
LOOSER = tuple(round(0.95 - step / 100, 2) for step in range(96))
"""Thresholds for all fields together, fixed beforehand and tested in this order until the first failure."""
REVIEWED = (0.11, 0.20)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decision of the shipped code about one field of one document it had not seen.

    Attributes:
        accepted: Whether its field's threshold, certified on the training documents, accepts it.
        accepted_together: Whether one threshold for all fields does, certified at TOGETHER on them too.
    """

    document: str
    field: str
    counts: Counts
    right: bool
    absent: bool
    given: bool
    confidence: float
    accepted: bool
    accepted_together: bool


def threshold_together(decisions: Decisions) -> float | None:
    """Return the loosest threshold at which all fields together err in at most TOGETHER, or None.

    The bound takes decisions about one document for independent, as the figure it is compared with does;
    nothing is accepted by it in operation, where every field has a certificate of its own.
    """
    found = None
    for threshold in LOOSER:
        accepted = decisions.confidence >= threshold
        count = int(accepted.sum())
        if upper_bound(count - int(decisions.right[accepted].sum()), count) > TOGETHER:
            break
        found = threshold
    return found


def outcome(
    prepared: Prepared,
    field: FieldSketch,
    answer: FieldAnswer,
    day_first: bool | None,
    threshold: float | None,
    together: float | None,
) -> Outcome:
    """Return how an answer compares with the labels of its document.

    Args:
        prepared: The document with its labels.
        field: The field asked about.
        answer: What the model says.
        day_first: How the model reads numeric dates.
        threshold: Of the field, None where nothing is accepted.
        together: Of all fields, likewise.
    """
    order = order_in(prepared.labelled.document, day_first)
    keys = {key_of(field.kind, value.quote, order) for value in answer.values} - {None}
    wanted = prepared.wanted[field.name]
    total = len(wanted) if field.many else min(1, len(wanted))
    found = len(keys & wanted) if field.many else min(1, len(keys & wanted))
    right = keys == wanted if field.many else bool(keys & wanted) or not (keys or wanted)
    accepted, also = (at is not None and answer.confidence >= at for at in (threshold, together))
    return Outcome(
        prepared.labelled.key, field.name, Counts(found, len(keys), total), right, not wanted, bool(keys),
        answer.confidence, accepted, also,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of many outcomes; ``left`` is the error left after the least sure share is reviewed."""

    name: str
    decisions: int
    absent: int
    fabricated: int
    f1: float
    precision: float
    recall: float
    right: float
    auroc: float | None
    ece: float
    bins: int
    left: tuple[float, ...]
    accepted: float
    accepted_wrong: float | None
    accepted_fabricated: float | None
    accepted_together: float
    together_wrong: float | None


def figures(name: str, outcomes: Sequence[Outcome]) -> Figures:
    """Return the figures of outcomes, which must not be none."""
    counts = sum((o.counts for o in outcomes), Counts())
    right = np.array([o.right for o in outcomes], dtype=np.int64)
    sure = np.array([o.confidence for o in outcomes])
    order = np.argsort(sure, kind="stable")
    accepted = [o for o in outcomes if o.accepted]
    absent = [o for o in accepted if o.absent]
    together = [o for o in outcomes if o.accepted_together]
    return Figures(
        name=name,
        decisions=len(outcomes),
        absent=sum(o.absent for o in outcomes),
        fabricated=sum(o.absent and o.given for o in outcomes),
        f1=counts.f1,
        precision=counts.precision,
        recall=counts.recall,
        right=float(right.mean()),
        auroc=auroc(sure, right),
        ece=expected_calibration_error(sure, right),
        bins=populated_bins(sure),
        left=tuple(float(1 - right[order[int(share * len(order)) :]].mean()) for share in REVIEWED),
        accepted=len(accepted) / len(outcomes),
        accepted_wrong=_share([not o.right for o in accepted]),
        accepted_fabricated=_share([o.given for o in absent]),
        accepted_together=len(together) / len(outcomes),
        together_wrong=_share([not o.right for o in together]),
    )


def _share(marks: Sequence[bool]) -> float | None:
    return sum(marks) / len(marks) if marks else None


def interval(outcomes: Sequence[Outcome], of: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
    """Return the 95 % interval of a figure by resampling documents, seeded."""
    by_document: dict[str, list[Outcome]] = {}
    for one in outcomes:
        by_document.setdefault(one.document, []).append(one)
    documents = list(by_document.values())
    generator = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        drawn = generator.integers(len(documents), size=len(documents))
        values.append(of([one for index in drawn for one in documents[index]]))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def f1_of(outcomes: Sequence[Outcome]) -> float:
    """Return F1 over all values of the outcomes."""
    return sum((o.counts for o in outcomes), Counts()).f1


def together(whole: Figures) -> str:
    """Return what one threshold for all fields accepts, as a line of text."""
    return (
        f"one threshold for all fields, certified at {TOGETHER:.0%} out of fold: accepted "
        f"{whole.accepted_together:.3f}, wrong among them {_number(whole.together_wrong)}"
    )


def table(rows: Sequence[Figures]) -> list[str]:
    """Return the figures as lines of text."""
    counts = "field                        n absent made up"
    return [
        f"{counts}     F1      P      R  right  AUROC    ECE  left@11%  accepted  wrong",
        *map(_line, rows),
    ]


def _line(row: Figures) -> str:
    counts = f"{row.name[:26]:26} {row.decisions:4} {row.absent:6} {row.fabricated:7}"
    values = f"{row.f1:.3f}  {row.precision:.3f}  {row.recall:.3f}  {row.right:.3f}"
    trust = f"{_number(row.auroc):>5}  {row.ece:.3f}     {row.left[0]:.3f}"
    return f"{counts}  {values}  {trust}     {row.accepted:.3f}  {_number(row.accepted_wrong):>5}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
