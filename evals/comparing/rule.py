"""The promotion rule: superior, or cheaper and not worse, with nothing broken on the way; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from evals.comparing.paired import ALPHA, Paired, holm, needed, paired
from evals.scoring.figures import FA, TN, Figures, figures
from evals.scoring.table import Scored
from inference.learned.certify import upper_bound

NOT_INFERIOR = 0.01
CHEAPER = 0.90
QUICKER_SECONDS = 0.1
"""A difference in time below it is a machine's mood."""
CRITICAL_DROP = 0.02
BROKEN_AT_LEAST = 3
EFFECTIVE_AT_LEAST = 300
HARD_DROP = 0.03
ACCEPTED_ERROR_RISE = 0.01
COVERAGE_DROP = 0.05
ECE_RISE = 0.05
SHOWN_BROKEN = 10


class Outcome(StrEnum):
    """What the rule says."""

    SUPERIOR = "superior"
    CHEAPER = "not worse and cheaper"
    INCONCLUSIVE = "inconclusive"
    WORSE = "worse"
    BLOCKED = "blocked"

    @property
    def promotes(self) -> bool:
        """Whether the challenger may go live, if somebody answers for it."""
        return self in (Outcome.SUPERIOR, Outcome.CHEAPER)

    @property
    def code(self) -> int:
        """Exit code of a command."""
        return 0 if self.promotes else 3 if self is Outcome.INCONCLUSIVE else 4


@dataclass(frozen=True, slots=True)
class Side:
    """One variant with its figures."""

    name: str
    digest: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything an approver has to see.

    Attributes:
        exact: Documents with every required field right.
        critical: The same by critical field.
        hard: The same as ``exact`` on hard cases, a slice of their own.
        blocked: Why it may not go live, one sentence each.
        unguarded: Critical fields with too few documents to guard them.
        needed: Documents that would settle it, where it is inconclusive.
        disagrees: The weighted bound and the unweighted test point to different verdicts.
        broken: Ids of records that only the champion has right.
    """

    champion: Side
    challenger: Side
    set_id: str
    stamp: str | None
    exact: Paired
    critical: Mapping[str, Paired]
    hard: Paired
    outcome: Outcome
    blocked: tuple[str, ...]
    unguarded: tuple[str, ...]
    needed: int | None
    disagrees: bool
    broken: tuple[str, ...]
    cells: int


@dataclass(frozen=True, slots=True)
class Contest:
    """Two variants' answers to the same records of a set."""

    names: tuple[str, str]
    digests: tuple[str, str]
    champion: Scored
    challenger: Scored
    set_id: str
    stamp: str | None = None
    seed: int = 0


def compare(contest: Contest) -> Comparison:
    """Return the comparison of two variants with the verdict of the rule."""
    hard = np.array([record.hard for record in contest.champion.records], dtype=bool)
    plain = contest.champion.only(~hard), contest.challenger.only(~hard)
    slice_ = contest.champion.only(hard), contest.challenger.only(hard)
    sides = [
        Side(name, digest, figures(scored))
        for name, digest, scored in zip(contest.names, contest.digests, plain, strict=True)
    ]
    exact = paired(plain[0].exact, plain[1].exact, plain[0].exact_weight, seed=contest.seed)
    # A slice of their own stands for nothing but itself.
    on_hard = paired(slice_[0].exact, slice_[1].exact, np.ones(len(slice_[0].exact)), seed=contest.seed)
    critical = _critical(*plain, contest.seed)
    blocked = _blocked(plain, sides, critical, on_hard)
    outcome = _outcome(exact, sides, blocked)
    return Comparison(
        champion=sides[0],
        challenger=sides[1],
        set_id=contest.set_id,
        stamp=contest.stamp,
        exact=exact,
        critical=critical,
        hard=on_hard,
        outcome=outcome,
        blocked=blocked,
        unguarded=tuple(name for name, one in critical.items() if one.effective < EFFECTIVE_AT_LEAST),
        needed=needed(exact.fixes, exact.breaks, exact.documents)
        if outcome is Outcome.INCONCLUSIVE
        else None,
        disagrees=(exact.lower > 0) != (exact.mcnemar <= ALPHA),
        broken=_broken(*plain),
        cells=sides[0].figures.cells,
    )


def _critical(champion: Scored, challenger: Scored, seed: int) -> dict[str, Paired]:
    out = {}
    for place, (name, critical) in enumerate(zip(champion.names, champion.critical, strict=True)):
        if critical:
            one, weight = _by_document(champion, place)
            other, _ = _by_document(challenger, place)
            several = len({kind for kind, _ in champion.names}) > 1
            out[".".join(name) if several else name[1]] = paired(one, other, weight, seed=seed)
    return out


def _by_document(scored: Scored, place: int) -> tuple[np.ndarray, np.ndarray]:
    right, weight = np.full(len(scored.records), np.nan), np.zeros(len(scored.records))
    mine = scored.field == place
    right[scored.document[mine]] = scored.right[mine]
    weight[scored.document[mine]] = scored.weight[mine]
    return right, weight


def _blocked(
    scored: tuple[Scored, Scored], sides: Sequence[Side], critical: Mapping[str, Paired], hard: Paired
) -> tuple[str, ...]:
    """Return every guardrail that is broken, in words."""
    found = []
    sure = holm({name: one.mcnemar_worse for name, one in critical.items()})
    for name, one in critical.items():
        lost = f"{one.breaks} breaks against {one.fixes} fixes"
        if sure[name] <= ALPHA:
            chance = "<.001" if sure[name] < 0.001 else f"{sure[name]:.3f}"
            found.append(f"critical field {name} is worse: {lost}, p {chance} (Holm)")
        elif _dropped(one):
            found.append(f"critical field {name} falls by {-100 * one.difference:.1f} points: {lost}")
    if hard.breaks - hard.fixes >= BROKEN_AT_LEAST and hard.difference < -HARD_DROP:
        found.append(f"hard cases fall by {-100 * hard.difference:.1f} points")
    for what, counts in (("made-up values", _made_up(*scored)), ("unusable answers", _invalid(*scored))):
        more, fewer = counts
        if more - fewer >= BROKEN_AT_LEAST and more > fewer:
            found.append(f"{what} rise: {more} new, {fewer} gone")
    return (*found, *_routing(sides))


def _dropped(one: Paired) -> bool:
    return (
        one.difference < -CRITICAL_DROP
        and one.breaks - one.fixes >= BROKEN_AT_LEAST
        and one.effective >= EFFECTIVE_AT_LEAST
    )


def _made_up(champion: Scored, challenger: Scored) -> tuple[int, int]:
    """Return the absent fields that only the challenger, and only the champion, gives a value."""
    absent = (champion.cells[:, FA] + champion.cells[:, TN]) > 0
    one, other = champion.cells[absent, FA] > 0, challenger.cells[absent, FA] > 0
    return int((other & ~one).sum()), int((one & ~other).sum())


def _invalid(champion: Scored, challenger: Scored) -> tuple[int, int]:
    pairs = [(a.valid, b.valid) for a, b in zip(champion.answers, challenger.answers, strict=True)]
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


def _routing(sides: Sequence[Side]) -> list[str]:
    """Return what is worse about the routing, each variant judged by its own thresholds."""
    one, other = (side.figures.routing for side in sides)
    found = []
    before, after = one.accepted_error.value, other.accepted_error.value
    if before is not None and after is not None and after - before > ACCEPTED_ERROR_RISE:
        found.append(f"errors among accepted fields rise from {before:.1%} to {after:.1%}")
    before, after = one.accepted_fields.value, other.accepted_fields.value
    if before is not None and after is not None and before - after > COVERAGE_DROP:
        found.append(f"accepted fields fall from {before:.1%} to {after:.1%}")
    if one.ece is not None and other.ece is not None and other.ece - one.ece > ECE_RISE:
        found.append(f"calibration (ECE) worsens from {one.ece:.3f} to {other.ece:.3f}")
    return found


def _outcome(exact: Paired, sides: Sequence[Side], blocked: Sequence[str]) -> Outcome:
    if exact.upper < 0 and exact.mcnemar_worse <= ALPHA:
        return Outcome.WORSE
    if blocked:
        return Outcome.BLOCKED
    # With few heavy documents the resampled bound alone lets 6 in 100 equal ones through.
    if exact.lower > 0 and exact.flipped <= ALPHA:
        return Outcome.SUPERIOR
    if _not_inferior(exact) and _cheaper(sides):
        return Outcome.CHEAPER
    return Outcome.INCONCLUSIVE


def _not_inferior(exact: Paired) -> bool:
    """Whether at most one document in a hundred more can be wrong; few documents never show that.

    Documents that were not seen to differ tell nothing to a resampling, so breaks get an exact bound too.
    """
    if not exact.documents:
        return False
    worst = upper_bound(exact.breaks, int(exact.effective)) - exact.fixes / exact.documents
    return exact.lower > -NOT_INFERIOR and worst < NOT_INFERIOR


def _cheaper(sides: Sequence[Side]) -> bool:
    one, other = (side.figures for side in sides)
    saves = (
        one.cost is not None and other.cost is not None and one.cost > 0 and other.cost <= CHEAPER * one.cost
    )
    saved = one.seconds_p99 - other.seconds_p99
    quicker = saved >= QUICKER_SECONDS and other.seconds_p99 <= CHEAPER * one.seconds_p99
    dearer = one.cost is not None and other.cost is not None and other.cost > one.cost
    slower = -saved >= QUICKER_SECONDS
    return (saves and not slower) or (quicker and not dearer)


def _broken(champion: Scored, challenger: Scored) -> tuple[str, ...]:
    lost = (champion.exact == 1) & (challenger.exact == 0)
    order = np.argsort(-champion.exact_weight * lost, kind="stable")
    return tuple(champion.records[place].rid for place in order if lost[place])[:SHOWN_BROKEN]
