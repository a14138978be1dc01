"""Types too rare to be judged alone, judged together, each guarded by itself; and what the mix does; pure.

A gain on a set is a gain on that set's mix of types. Where today's mix is another one, the same answers are
weighed to it as well: if the sign turns, the mix is the cause, and neither number is a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.comparing.paired import ALPHA, Paired, paired
from evals.comparing.rule import Comparison, Contest, Outcome, compare
from evals.scoring.table import Scored, joined


@dataclass(frozen=True, slots=True)
class Pooled:
    """Several types' challengers, compared together.

    Attributes:
        whole: All documents as one comparison, types as the set has them.
        parts: The comparison of each type.
        today: Documents with every required field right, types as production has them today; None where
            nothing is known of today.
        mix: By type, its share of what was compared in the set, and today.
    """

    whole: Comparison
    parts: Mapping[str, Comparison]
    today: Paired | None
    mix: Mapping[str, tuple[float, float]]

    @property
    def turned(self) -> bool:
        """Whether the mix decides who is better: the signs differ, and neither is within chance."""
        one, other = self.whole.exact, self.today
        if other is None:
            return False
        return (one.upper < 0 < other.lower) or (other.upper < 0 < one.lower)


def compare_pooled(
    contests: Sequence[Contest], mix: Mapping[str, float], today: Mapping[str, float]
) -> Pooled:
    """Return several types' comparisons as one; whatever blocks one of them blocks all.

    Args:
        contests: One per type, on one set.
        mix: Share of each type in the set.
        today: Documents of each type in production today; empty where that is not known.
    """
    first = contests[0]
    parts = {contest.champion.names[0][0]: compare(contest) for contest in contests}
    shares = {name: (_share(mix, parts, name), _share(today, parts, name)) for name in parts}
    sides = (
        joined([contest.champion for contest in contests], mix),
        joined([contest.challenger for contest in contests], mix),
    )
    whole = compare(
        replace(
            first,
            names=(_called(contests, 0), _called(contests, 1)),
            champion=sides[0],
            challenger=sides[1],
        )
    )
    known = sum(today.get(name, 0) for name in parts)
    now = _as_today(*sides, shares, first.seed) if known else None
    pooled = Pooled(whole, parts, now, shares)
    return replace(pooled, whole=_guarded(pooled))


def _called(contests: Sequence[Contest], side: int) -> str:
    return ", ".join(contest.names[side] for contest in contests)


def _share(shares: Mapping[str, float], parts: Mapping[str, Comparison], name: str) -> float:
    whole = sum(shares.get(one, 0.0) for one in parts)
    return shares.get(name, 0.0) / whole if whole else 0.0


def _as_today(
    champion: Scored, challenger: Scored, shares: Mapping[str, tuple[float, float]], seed: int
) -> Paired:
    factors = {name: now / before if before else 0.0 for name, (before, now) in shares.items()}
    weight = champion.exact_weight * np.array([factors[r.doc_type] for r in champion.records])
    plain = np.array([not record.hard for record in champion.records], dtype=bool)
    return paired(champion.exact[plain], challenger.exact[plain], weight[plain], seed=seed)


def _guarded(pooled: Pooled) -> Comparison:
    """Return the whole with what blocks any type; a promotion needs today's mix to bear it out as well."""
    whole = pooled.whole
    of_types = [f"{name}: {why}" for name, part in pooled.parts.items() for why in part.blocked]
    blocked = (*whole.blocked, *of_types)
    worse = [name for name, part in pooled.parts.items() if part.outcome is Outcome.WORSE]
    blocked = (*blocked, *(f"{name} is worse" for name in worse))
    outcome = whole.outcome
    if blocked and outcome is not Outcome.WORSE:
        outcome = Outcome.BLOCKED
    elif pooled.turned or (outcome is Outcome.SUPERIOR and not _borne_out(pooled.today)):
        outcome = Outcome.INCONCLUSIVE
    return replace(whole, outcome=outcome, blocked=blocked)


def _borne_out(today: Paired | None) -> bool:
    return today is None or (today.lower > 0 and today.flipped <= ALPHA)
