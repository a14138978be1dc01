"""Live accuracy without the bias of looking at hard documents only; pure.

Every reviewed field carries the probability with which anybody was asked about it. Fields of one
probability are a stratum; it stands for as many documents as were drawn and, by the negative binomial
distribution, as many more as such a draw passes over. Its share of errors is what a beta distribution with
Jeffreys' prior says, which holds where few errors were seen. What was looked at is known: the interval is
about what came in, and nothing is uncertain where everything was looked at. Cells of one document hang
together: counts are divided by how much more documents differ than cells do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.production import Cell
from evals.scoring.intervals import Floats

DRAWS = 4000
PRIOR = 0.5
TOGETHER = 1 / 3
"""How much cells of a document are taken to hang together before errors were seen."""
GUESSED = 10
"""As how many documents with errors that guess counts."""
_CAP = 1000.0
_CENSUS = 1e-9
"""Share passed over below which everything was looked at."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """An estimate with its 95 % interval.

    Attributes:
        value: None where nobody was asked.
        naive: The share among what people looked at: what a tally would say, and wrong.
        documents: Looked at.
        audited: Of those, drawn at random.
        stands_for: How many fields the estimate speaks of.
    """

    value: float | None
    low: float
    high: float
    naive: float | None
    documents: int
    cells: int
    audited: int
    stands_for: float


NOTHING = Accuracy(None, 0.0, 1.0, None, 0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Answered:
    """How much of what people were asked they have answered by now; the rest is taken to be like it."""

    routed: float = 1.0
    audits: float = 1.0


EVERYTHING = Answered()


def estimate(cells: Sequence[Cell], *, answered: Answered = EVERYTHING, seed: int = 0) -> Accuracy:
    """Return the share of fields that production reads right, of all fields, reviewed or not."""
    drawn = [cell for cell in cells if cell.pi is not None]
    if not drawn:
        return NOTHING
    shares = [answered.audits if cell.audited else answered.routed for cell in drawn]
    asked = [(cell.pi or 1.0) * share for cell, share in zip(drawn, shares, strict=True)]
    pi = np.array([min(1.0, max(1 / _CAP, one)) for one in asked])
    right = np.array([cell.right for cell in drawn], dtype=np.float64)
    _, documents = np.unique([cell.document_id for cell in drawn], return_inverse=True)
    value, low, high = stratified(right, pi, documents, seed=seed)
    return Accuracy(
        value=value,
        low=low,
        high=high,
        naive=float(right.mean()),
        documents=len({cell.document_id for cell in drawn}),
        cells=len(drawn),
        audited=len({cell.document_id for cell in drawn if cell.audited}),
        stands_for=float((1 / pi).sum()),
    )


def stratified(
    right: Floats, pi: Floats, documents: np.ndarray[tuple[int, ...], np.dtype[np.intp]], *, seed: int = 0
) -> tuple[float, float, float]:
    """Return the estimate and its 95 % interval.

    Args:
        right: By cell.
        pi: Probability with which the cell was looked at.
        documents: By cell, the number of its document.
        seed: Of the draws; equal seeds give equal intervals.
    """
    rng = np.random.default_rng(seed)
    right_ones, all_ones = np.zeros(DRAWS), np.zeros(DRAWS)
    hits = stands_for = 0.0
    for one in np.unique(pi.round(6)):
        mine = pi.round(6) == one
        share = _drawn_shares(right[mine], documents[mine], float(one), rng)
        size = _drawn_sizes(len(np.unique(documents[mine])), float(one), rng) * float(mine.sum())
        right_ones += size * share
        all_ones += size
        hits += float(right[mine].sum() / one)
        stands_for += float(mine.sum() / one)
    value = hits / stands_for
    low, high = np.quantile(right_ones / all_ones, [0.025, 0.975])
    return value, float(min(low, value)), float(max(high, value))


def _drawn_shares(
    right: Floats,
    documents: np.ndarray[tuple[int, ...], np.dtype[np.intp]],
    pi: float,
    rng: np.random.Generator,
) -> Floats:
    """Return how large the share of right ones of a stratum may be, of those looked at and of the others."""
    hits, count = float(right.sum()), float(len(right))
    # Of what was looked at nothing is open: the fewer were passed over, the more the counts are worth.
    spread = design_effect(right, documents) * (1 - pi)
    if spread < _CENSUS:
        return np.full(DRAWS, hits / count)
    return rng.beta(hits / spread + PRIOR, (count - hits) / spread + PRIOR, DRAWS)


def _drawn_sizes(documents: int, pi: float, rng: np.random.Generator) -> Floats:
    """Return how many documents a stratum may have for each one that was looked at."""
    if 1 - pi < _CENSUS:
        return np.ones(DRAWS)
    return 1 + rng.negative_binomial(documents + PRIOR, pi, DRAWS) / documents


def design_effect(right: Floats, documents: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> float:
    """Return how many times as many cells are needed as independent ones; 1 where cells are."""
    _, place = np.unique(documents, return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    if len(sizes) == len(right) or len(sizes) < 2:
        return max(1.0, len(right) / len(sizes)) if len(sizes) < 2 else 1.0
    share, alone = float(right.mean()), 1 + (float(sizes.mean()) - 1) * TOGETHER
    sums = np.bincount(place, right - share)
    count = len(sizes)
    wrong = int((np.bincount(place, 1 - right) > 0).sum())
    seen = alone
    if 0 < share < 1:
        clustered = float((sums**2).sum()) * count / (count - 1) / len(right) ** 2
        seen = clustered / (share * (1 - share) / len(right))
    # A few documents with errors say little about how errors gather; until there are more, the guess counts.
    return max(1.0, (wrong * seen + GUESSED * alone) / (wrong + GUESSED))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree, which bounds what any accuracy can show.

    Attributes:
        share: Of fields that two people answered alike.
        kappa: The same beyond chance; None where chance alone would do.
        fields: That two people answered.
    """

    share: float | None
    kappa: float | None
    fields: int

    @property
    def ceiling(self) -> float | None:
        """The accuracy that a perfect model would be given, if both of two people err alike often."""
        return None if self.share is None else float(np.sqrt(max(0.0, self.share)))


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return how far two people agree on normalised values, one pair of words per field."""
    if not pairs:
        return Agreement(None, None, 0)
    same = sum(one == other for one, other in pairs) / len(pairs)
    kinds = sorted({word for pair in pairs for word in pair})
    first = {kind: sum(one == kind for one, _ in pairs) / len(pairs) for kind in kinds}
    second = {kind: sum(other == kind for _, other in pairs) / len(pairs) for kind in kinds}
    chance = sum(first[kind] * second[kind] for kind in kinds)
    return Agreement(same, None if chance >= 1 else (same - chance) / (1 - chance), len(pairs))
