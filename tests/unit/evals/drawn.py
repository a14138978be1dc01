"""A set of a made-up production whose truth is known, drawn into lanes as the queue draws it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.table import Scored, score
from evals.sets.build import build
from evals.truth import truths_of
from review.queue.lanes import LanePolicy, draw
from schemas.fields import FieldState
from schemas.reviewed import ReviewedRecord
from tests.unit.evals.made import FIELDS, field, record, types, unasked, wanted

TYPES = types("invoice")
MIX = {"invoice": 1.0}
ROUTED = 0.11
RIGHT = {True: 0.80, False: 0.985}
"""How often the seller is read right of what is doubted, and of what is not."""

Change = Callable[[random.Random, bool, bool], bool]
"""Whether a challenger is right, from: is it doubted, is the champion right."""


@dataclass(frozen=True)
class World:
    """A production and what was drawn of it.

    Attributes:
        exact: How often the champion is right, of all of production; the challenger.
        coverage: Share that nobody doubted.
        sides: Both, scored on the set.
    """

    exact: tuple[float, float]
    coverage: float
    sides: tuple[Scored, Scored]


def same(_: random.Random, __: bool, right: bool) -> bool:
    """Return a challenger that reads as the champion does."""
    return right


def world(documents: int, seed: int, *, doubtful: str, other: Change = same, per_type: int = 500) -> World:
    """Return a production of which ``doubtful`` is asked, and the rest as it is drawn."""
    drawn, policy = random.Random(seed), LanePolicy()
    told: list[ReviewedRecord] = []
    answers: tuple[dict[str, Answer], ...] = ({}, {})
    right, passed = np.zeros((documents, 2)), 0
    for number in range(documents):
        routed = drawn.random() < ROUTED
        one = drawn.random() < RIGHT[routed]
        right[number] = one, other(drawn, routed, one)
        passed += not routed
        lanes = draw(
            policy, b"%d" % seed, f"run-{number}", "invoice", FIELDS, (doubtful,) if routed else None
        )
        if lanes.lanes:
            lane = lanes.lanes[0]
            told.append(_asked(number, lane.lane.value, lane.asked, lanes.inclusion))
            for side, found in zip(answers, right[number], strict=True):
                side[told[-1].document_id] = _answer(told[-1], number, routed=routed, right=bool(found))
    made = build(truths_of(told), TYPES, wanted(per_type=per_type, mix=MIX)).records
    champion, challenger = (score(made, side, TYPES, MIX) for side in answers)
    shares = right.mean(axis=0)
    return World((float(shares[0]), float(shares[1])), passed / documents, (champion, challenger))


def _asked(number: int, lane: str, asked: tuple[str, ...], inclusion: dict[str, float]) -> ReviewedRecord:
    base = record(number, lane=lane)
    fields = [
        field(one.name, one.values[0], inclusion[one.name]) if one.name in asked else unasked(one.name)
        for one in base.fields
    ]
    return base.model_copy(update={"fields": tuple(fields)})


def _answer(said: ReviewedRecord, number: int, *, routed: bool, right: bool) -> Answer:
    whole = {one.name: one.values[0] for one in record(number).fields}
    whole["seller"] = whole["seller"] if right else "Nobody at all"
    fields = tuple(
        AnsweredField(name=name, state=FieldState.VALUE, values=(value,), confidence=0.9, accepted=not routed)
        for name, value in whole.items()
    )
    return Answer(document_id=said.document_id, variant="v", routed=routed, fields=fields)
