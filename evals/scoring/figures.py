"""The figures of a scored set, each with its interval: for gates, for routing, for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evals.scoring.intervals import (
    NOTHING,
    Floats,
    Rate,
    auroc_interval,
    clustered_rate,
    weighted_auroc,
)
from evals.scoring.table import Mask, Scored

BINS = 10
POPULATED = 5
TP, FD, FA, FN, TN = range(5)


@dataclass(frozen=True, slots=True)
class Routing:
    """How well confidence tells right from wrong, and what that leaves to people.

    Attributes:
        coverage: Share of documents that no person would look at.
        accepted_fields: Share of fields that were accepted.
        accepted_error: Share of accepted fields that are wrong.
        aurc: Mean error over all coverages, surest first; 0 is best.
        auroc: Probability that a right field is surer than a wrong one; None without both.
        errors: Wrong fields seen: without some, no ranking can be judged.
        bins: Of ten, how many hold at least five fields.
        ece: Mean gap of confidence and accuracy.
    """

    coverage: Rate
    accepted_fields: Rate
    accepted_error: Rate
    aurc: float | None
    auroc: float | None
    auroc_low: float
    auroc_high: float
    errors: int
    bins: int
    ece: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is told of a variant on a set, or on one type of it.

    Attributes:
        exact: Documents with every required field right.
        critical: Critical fields that are right.
        f1: Of cells; a wrong value is both a missing and an extra one.
        valid: Answers of the shape that was asked for.
        fabricated: Of fields that are absent, those that were given a value.
        fields: By ``type.field``, those that are right.
        row_recall: Of rows of tables, those that were found.
        likeness: Mean nearness of text: reported, never a gate.
        cost: US dollars a document; None where a price is not known.
        cost_per_right: The same for each field that is right.
        left_out: Documents of the set that a variant learned from, or from their like.
        unlisted: Variants of which nobody knows what they learned from: some of it may be counted.
    """

    documents: int
    cells: int
    effective: float
    exact: Rate
    critical: Rate
    f1: Rate
    valid: Rate
    fabricated: Rate
    fields: Mapping[str, Rate]
    routing: Routing
    row_recall: Rate
    likeness: float | None
    cost: float | None
    cost_per_right: float | None
    seconds_p50: float
    seconds_p99: float
    left_out: int = 0
    unlisted: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        plain = asdict(self)
        for name in ("exact", "critical", "f1", "valid", "fabricated", "row_recall"):
            plain[name] = getattr(self, name).as_dict()
        plain["fields"] = {name: rate.as_dict() for name, rate in self.fields.items()}
        routing = self.routing
        for name in ("coverage", "accepted_fields", "accepted_error"):
            plain["routing"][name] = getattr(routing, name).as_dict()
        return plain


def figures(scored: Scored) -> Figures:
    """Return the figures of a scored set."""
    documents = np.arange(len(scored.records))
    weights = scored.exact_weight
    tp, fd, fa, fn, tn = scored.cells.T if len(scored.cells) else np.zeros((5, 0), dtype=np.int64)
    known = ~np.isnan(scored.exact)
    costs = [answer.cost for answer in scored.answers if answer.cost is not None]
    known_costs, right = len(costs) == len(scored.answers) and bool(costs), float(scored.right.sum())
    seconds = np.array([answer.seconds for answer in scored.answers] or [0.0])
    worth = float(weights[known].sum() ** 2 / (weights[known] ** 2).sum()) if known.any() else 0.0
    return Figures(
        documents=len(scored.records),
        cells=int(scored.cells.sum()),
        effective=worth,
        exact=clustered_rate(np.where(known, scored.exact, 0.0), known, weights, documents),
        critical=_fields(scored, scored.critical[scored.field] if len(scored.names) else None),
        f1=clustered_rate(2 * tp, 2 * (tp + fd) + fa + fn, scored.weight, scored.document),
        valid=clustered_rate(
            np.array([answer.valid for answer in scored.answers]),
            np.ones(len(documents)),
            scored.document_weight,
            documents,
        ),
        fabricated=clustered_rate(fa, fa + tn, scored.weight, scored.document),
        fields={
            f"{name[0]}.{name[1]}": _fields(scored, scored.field == place)
            for place, name in enumerate(scored.names)
        },
        routing=routing(scored),
        row_recall=clustered_rate(scored.rows[:, 1], scored.rows[:, 0], scored.weight, scored.document),
        likeness=float(np.average(scored.likeness, weights=scored.weight)) if scored.weight.sum() else None,
        cost=sum(costs) / len(costs) if known_costs else None,
        cost_per_right=sum(costs) / right if known_costs and right else None,
        seconds_p50=float(np.quantile(seconds, 0.5)),
        seconds_p99=float(np.quantile(seconds, 0.99)),
        left_out=scored.left_out,
        unlisted=scored.unlisted,
    )


def _fields(scored: Scored, mine: Mask | None) -> Rate:
    if mine is None or not mine.any():
        return NOTHING
    return clustered_rate(
        scored.right[mine], np.ones(int(mine.sum())), scored.weight[mine], scored.document[mine]
    )


def routing(scored: Scored) -> Routing:
    """Return how well the variant's confidence ranks, and what its thresholds let pass."""
    documents = np.arange(len(scored.records))
    passed = np.array([not answer.routed for answer in scored.answers], dtype=float)
    counted = np.ones(len(scored.right))
    known = ~np.isnan(scored.confidence) & (scored.weight > 0)
    confidence, right = scored.confidence[known], scored.right[known]
    weight, document = scored.weight[known], scored.document[known]
    ranking = weighted_auroc(confidence, right, weight) if len(right) else None
    low, high = (0.0, 1.0) if ranking is None else auroc_interval(confidence, right, weight, document)
    accepted = scored.accepted
    return Routing(
        coverage=clustered_rate(passed, np.ones(len(passed)), scored.document_weight, documents),
        accepted_fields=clustered_rate(accepted, counted, scored.weight, scored.document),
        accepted_error=clustered_rate(
            (1 - scored.right) * accepted, accepted, scored.weight, scored.document
        ),
        aurc=_aurc(confidence, right, weight),
        auroc=ranking,
        auroc_low=low,
        auroc_high=high,
        errors=int((1 - right).sum()),
        bins=len(_populated(confidence)),
        ece=_ece(confidence, right, weight),
    )


def risk_coverage(confidence: Floats, right: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return coverage and error among what is covered, the surest first."""
    order = np.argsort(-confidence, kind="stable")
    covered = np.cumsum(weight[order])
    wrong = np.cumsum(weight[order] * (1 - right[order]))
    return covered / covered[-1], wrong / covered


def _aurc(confidence: Floats, right: Floats, weight: Floats) -> float | None:
    if not len(right):
        return None
    _, risk = risk_coverage(confidence, right, weight)
    return float(np.average(risk, weights=weight[np.argsort(-confidence, kind="stable")]))


def reliability(confidence: Floats, right: Floats, weight: Floats) -> list[tuple[float, float, int]]:
    """Return by populated bin the mean confidence, the accuracy and the number of fields."""
    places = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    return [
        (
            float(np.average(confidence[places == place], weights=weight[places == place])),
            float(np.average(right[places == place], weights=weight[places == place])),
            int((places == place).sum()),
        )
        for place in np.unique(places)
    ]


def _ece(confidence: Floats, right: Floats, weight: Floats) -> float | None:
    if not len(right):
        return None
    places = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    gaps = np.bincount(places, weight * (confidence - right), BINS)
    return float(np.abs(gaps).sum() / weight.sum())


def _populated(confidence: Floats) -> list[int]:
    counts = np.bincount(np.clip((confidence * BINS).astype(int), 0, BINS - 1), minlength=BINS)
    return [place for place, count in enumerate(counts) if count >= POPULATED]
