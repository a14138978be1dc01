"""Which fields go to whom: those that are expected to be wrong, to the cheapest who is expected to be right.

Pure: a table, what people found before, and one document's doubts give one choice, with its arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inference.router.table import RoutedModel, RouterTable
from schemas.histories import ModelHistory

PRIOR = 10.0
"""Reviewed fields that a model's stated error weighs as much as."""
_HARDEST = 3.0
"""Log odds beyond which a document is no harder."""
_CENTS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What makes a document hard for everybody.

    Attributes:
        quality: How well its pages can be read, 0..1.
        pages: How many there are.
    """

    quality: float
    pages: int

    def log_odds(self, table: RouterTable) -> float:
        """Return by how much the log odds of an error are above those of an easy document."""
        hard = table.quality_weight * (1 - self.quality) + table.page_weight * (self.pages - 1)
        return min(hard, _HARDEST)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field as it was read so far.

    Attributes:
        error: Probability that it is wrong.
        target: Above which it is doubtful.
    """

    field: str
    error: float
    target: float

    @property
    def doubtful(self) -> bool:
        """Whether it may go to another model."""
        return self.error > self.target


@dataclass(frozen=True, slots=True)
class Asking:
    """What it takes to ask a model about a document, by estimate.

    Attributes:
        tokens: Of the prompt and the document.
        tokens_per_field: Of the answer.
    """

    tokens: int
    tokens_per_field: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done.

    Attributes:
        model: Who is asked; None for nobody.
        fields: About what.
        cost: In dollars, by estimate.
        arithmetic: Every comparison, one per line.
    """

    model: RoutedModel | None
    fields: tuple[str, ...]
    cost: Decimal
    arithmetic: tuple[str, ...]


def expected_error(
    model: RoutedModel, field: str, history: ModelHistory | None, harder: float = 0.0
) -> float:
    """Return how likely ``model`` gets ``field`` wrong: as it did before, drawn to what is stated of it.

    Args:
        model: Who would be asked.
        field: About what.
        history: What people found.
        harder: Log odds by which this document is harder than an easy one.
    """
    told = [one for one in history.told if one.model == model.model] if history else []
    wrong, decided = (
        sum(one.decided - one.right for one in told),
        sum(one.decided for one in told),
    )
    shared = (wrong + PRIOR * model.error) / (decided + PRIOR)
    own = [one for one in told if one.field == field]
    wrong, decided = sum(one.decided - one.right for one in own), sum(one.decided for one in own)
    error = (wrong + PRIOR * shared) / (decided + PRIOR)
    return _shifted(error, harder)


def _shifted(error: float, log_odds: float) -> float:
    bounded = min(max(error, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + log_odds)))


def choose(
    table: RouterTable,
    doubts: Sequence[Doubt],
    askings: Mapping[str, Asking],
    *,
    history: ModelHistory | None,
    difficulty: Difficulty,
    read_by: str,
    spent: Decimal = Decimal(0),
    asked: frozenset[str] = frozenset(),
) -> Choice:
    """Return who is asked next about which doubtful fields.

    Of the models that cost no more than what is left and no more than the errors they are expected to
    avoid are worth: the cheapest that brings every doubtful field below its target; where none does, the
    one that is worth most beyond its cost.

    Args:
        table: Whom fields may go to, and what that may cost.
        doubts: Every field, doubtful or not.
        askings: By model, what it takes to ask it.
        history: What people found of the models on this type.
        difficulty: Of the document.
        read_by: Who read so far, for the arithmetic.
        spent: On this document already.
        asked: Models that were asked about it already.
    """
    doubtful = [doubt for doubt in doubts if doubt.doubtful]
    if not doubtful:
        return Choice(
            None, (), Decimal(0), (f"{read_by}: no field is expected to be wrong above its target",)
        )
    said = [f"{read_by}: {d.field} expected error {d.error:.2f} > {d.target:.2f}" for d in doubtful]
    harder, left = difficulty.log_odds(table), table.ceiling - spent
    others = [one for one in table.models if one.model not in asked]
    offers = [_offer(one, doubtful, askings[one.model], history, harder) for one in others]
    taken = [offer for offer in offers if offer.taken(table.worth, left)]
    said += [offer.refusal(table.worth, left) for offer in offers if offer not in taken]
    if not taken:
        return Choice(None, (), Decimal(0), (*said, "→ asked nobody else"))
    best = _best(taken, table.worth)
    said.append(
        f"→ escalate {len(best.fields)} of {len(doubts)} fields to {best.model.model}, "
        f"est. ${best.price:.4f} for {best.avoided:.2f} errors fewer"
    )
    return Choice(best.model, best.fields, best.price, tuple(said))


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a model could do: for which fields, at what price; None where that is not known."""

    model: RoutedModel
    fields: tuple[str, ...]
    avoided: float
    settles: bool
    cost: Decimal | None

    @property
    def price(self) -> Decimal:
        return self.cost if self.cost is not None else Decimal(0)

    def surplus(self, worth: Decimal) -> Decimal:
        return worth * Decimal(str(round(self.avoided, 6))) - self.price

    def taken(self, worth: Decimal, left: Decimal) -> bool:
        return self.cost is not None and bool(self.fields) and self.cost <= left and self.surplus(worth) > 0

    def refusal(self, worth: Decimal, left: Decimal) -> str:
        if self.cost is None:
            return f"{self.model.model}: its price is not known"
        if not self.fields:
            return f"{self.model.model}: expected no better on any of them"
        if self.cost > left:
            return f"{self.model.model}: est. ${self.cost:.4f} > ${left:.4f} left of the ceiling"
        return (
            f"{self.model.model}: est. ${self.cost:.4f} for {self.avoided:.4f} errors fewer, "
            f"worth ${worth * Decimal(str(round(self.avoided, 6))):.4f}"
        )


def _best(offers: Sequence[_Offer], worth: Decimal) -> _Offer:
    enough = [offer for offer in offers if offer.settles]
    if enough:
        return min(enough, key=lambda offer: offer.price)
    return max(offers, key=lambda offer: offer.surplus(worth))


def _offer(
    model: RoutedModel,
    doubtful: Sequence[Doubt],
    asking: Asking,
    history: ModelHistory | None,
    harder: float,
) -> _Offer:
    expected = {doubt.field: expected_error(model, doubt.field, history, harder) for doubt in doubtful}
    better = [doubt for doubt in doubtful if expected[doubt.field] < doubt.error]
    avoided = sum(doubt.error - expected[doubt.field] for doubt in better)
    fields = tuple(doubt.field for doubt in better)
    return _Offer(
        model,
        fields,
        avoided,
        all(expected[doubt.field] <= doubt.target for doubt in doubtful),
        price_of(model, asking, fields),
    )


def price_of(model: RoutedModel, asking: Asking, fields: Sequence[str]) -> Decimal | None:
    """Return what it costs in dollars to ask ``model`` about ``fields``, by estimate; None if unknown."""
    if model.price is None:
        return None
    answer = sum(asking.tokens_per_field[field] for field in fields)
    return model.price.dollars(asking.tokens, answer).quantize(_CENTS)
