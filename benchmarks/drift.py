"""What the nightly check and the promotion rule do when it is known what is true.

    python -m benchmarks.drift [--tries N]

Prints the tables of the acceptance list: false promotions, nights that cry wolf, planted drops found,
coverage of live accuracy's interval, and how the bit-rot of a stale set shows.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.accuracy import stratified
from evals.comparing.paired import paired
from evals.drift.nightly import Counted, Figure, judged
from evals.scoring.intervals import wilson
from evals.shadow.betting import DECIDES, wealth

NIGHT = 50
BASE_NIGHTS, POOL_NIGHTS = 30, 7
ICC = 0.3


@dataclass(frozen=True, slots=True)
class Share:
    """How often something happened, of how many."""

    hits: int
    tries: int

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.tries

    def words(self) -> str:
        """Return it with its 95 % interval."""
        low, high = wilson(self.value, self.tries)
        return f"{100 * self.value:5.1f}% [{100 * low:.1f}, {100 * high:.1f}] of {self.tries}"


def rates(figures: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of some figures is right: between 93 and 99.5 %."""
    return rng.uniform(0.93, 0.995, figures)


def nights(right: np.ndarray, count: int, rng: np.random.Generator, *, icc: float) -> np.ndarray:
    """Return the errors of each figure on each night; fields of a document may share a cause."""
    errors = np.empty((count, len(right)), dtype=np.int64)
    for night in range(count):
        if icc:
            # A document that is hard is hard for all of its fields: one cause shared by a share of them.
            hard = rng.random(NIGHT)[:, None]
            own = rng.random((NIGHT, len(right)))
            shared = rng.random((NIGHT, len(right))) < np.sqrt(icc)
            errors[night] = (np.where(shared, hard, own) < 1 - right).sum(axis=0)
        else:
            errors[night] = rng.binomial(NIGHT, 1 - right)
    return errors


def figures_of(errors: np.ndarray, at: int, types: int = 1) -> list[Figure]:
    """Return the figures of night ``at``, spread over so many types, with pools and baseline."""
    first = at - POOL_NIGHTS + 1
    spans = ((at, at + 1), (at - 2, at + 1), (first, at + 1), (first - BASE_NIGHTS, first))
    return judged(
        {
            f"{n % types}.{n}": [Counted(int(errors[a:b, n].sum()), NIGHT * (b - a)) for a, b in spans]
            for n in range(errors.shape[1])
        }
    )


def null_nights(figures: int, tries: int, seed: int, *, icc: float = 0.0) -> tuple[Share, Share]:
    """Return how many nights alert, and how many are watched, with nothing wrong."""
    rng = np.random.default_rng(seed)
    alerts = watched = 0
    for _ in range(tries):
        errors = nights(rates(figures, rng), BASE_NIGHTS + POOL_NIGHTS, rng, icc=icc)
        found = figures_of(errors, len(errors) - 1)
        alerts += any(figure.alert for figure in found)
        watched += any(figure.watch or figure.alert for figure in found)
    return Share(alerts, tries), Share(watched, tries)


def planted(before: float, after: float, within: int, figures: int, tries: int, seed: int) -> Share:
    """Return how often a drop of one figure is alerted within so many nights."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(tries):
        right = rates(figures, rng)
        right[0] = before
        calm = nights(right, BASE_NIGHTS + POOL_NIGHTS, rng, icc=0.0)
        right[0] = after
        errors = np.concatenate([calm, nights(right, within, rng, icc=0.0)])
        found += any(figures_of(errors, at)[0].alert for at in range(BASE_NIGHTS + POOL_NIGHTS, len(errors)))
    return Share(found, tries)


def ridden(figures: int, tries: int, seed: int) -> Share:
    """Return how many nights alert of a type that nothing happened to, while all of another has fallen."""
    rng = np.random.default_rng(seed)
    alerts = 0
    for _ in range(tries):
        right = rates(figures, rng)
        calm = nights(right, BASE_NIGHTS + POOL_NIGHTS, rng, icc=0.0)
        right[::2] -= 0.3
        errors = np.concatenate([calm, nights(right, POOL_NIGHTS, rng, icc=0.0)])
        found = figures_of(errors, len(errors) - 1, types=2)
        alerts += any(figure.alert for figure in found if figure.name.startswith("1."))
    return Share(alerts, tries)


def false_promotions(
    documents: int, moved: float, tries: int, seed: int, weights: Callable[[np.random.Generator], np.ndarray]
) -> tuple[Share, Share]:
    """Return how often variants of equal quality are called superior, and how often by the bound alone."""
    rng = np.random.default_rng(seed)
    promoted = bound = 0
    for number in range(tries):
        change = rng.choice([-1.0, 0.0, 1.0], documents, p=[moved / 2, 1 - moved, moved / 2])
        one = np.where(change > 0, 0.0, np.where(change < 0, 1.0, (rng.random(documents) < 0.9)))
        found = paired(one, one + change, weights(rng), seed=number, resamples=2000)
        bound += found.lower > 0
        promoted += found.lower > 0 and found.flipped <= 0.05
    return Share(promoted, tries), Share(bound, tries)


def equal(documents: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Return weights of a sample of audits alone."""
    return lambda rng: np.ones(documents)  # noqa: ARG005 (the others draw)


def skewed(documents: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Return weights of routed documents and audits together."""
    return lambda rng: np.where(rng.random(documents) < 0.2, 10.0, 1.0)


@dataclass(frozen=True, slots=True)
class World:
    """A production with a known accuracy.

    Attributes:
        fields: Per document.
    """

    documents: int
    audit: float
    fields: int
    accepted_right: float = 0.985
    routed_right: float = 0.80
    routed_share: float = 0.11


def coverage(world: World, tries: int, seed: int) -> tuple[Share, float, float]:
    """Return how often the interval holds the truth, and the mean errors of estimate and naive share."""
    rng = np.random.default_rng(seed)
    held, off, naive = 0, 0.0, 0.0
    for number in range(tries):
        routed = rng.random(world.documents) < world.routed_share
        mean = np.where(routed, world.routed_right, world.accepted_right)
        if world.fields == 1:
            right = (rng.random(world.documents) < mean)[:, None]
        else:
            spread = (1 - ICC) / ICC
            own = rng.beta(mean * spread, (1 - mean) * spread)
            right = rng.random((world.documents, world.fields)) < own[:, None]
        seen = routed | (rng.random(world.documents) < world.audit)
        pi = np.repeat(np.where(routed[seen], 1.0, world.audit), world.fields)
        cells = right[seen].astype(np.float64).ravel()
        value, low, high = stratified(cells, pi, np.repeat(np.arange(seen.sum()), world.fields), seed=number)
        truth = float(right.mean())
        held += low <= truth <= high
        off += value - truth
        naive += float(cells.mean()) - truth
    return Share(held, tries), off / tries, naive / tries


def shadow_says(wins: float, pairs: int, tries: int, seed: int) -> Share:
    """Return how often a shadow that wins so many discordant pairs is called better, asked after each one."""
    won = np.random.default_rng(seed).random((tries, pairs)) < wins
    return Share(int((wealth(won) >= DECIDES).any(axis=1).sum()), tries)


def bit_rot(documents: int, seed: int) -> list[str]:
    """Return what a stale and a fresh set say of a model that gains on today's mix and loses on the old."""
    rng = np.random.default_rng(seed)
    old = {"lease": 0.60, "sale_purchase_agreement": 0.15, "invoice": 0.25}
    new = {"lease": 0.40, "sale_purchase_agreement": 0.35, "invoice": 0.25}
    champion = {"lease": 0.90, "sale_purchase_agreement": 0.70, "invoice": 0.92}
    # Loses on leases, gains on sale-and-purchase agreements: 4 points less on the old mix, 2 more today.
    challenger = {"lease": 0.75, "sale_purchase_agreement": 0.9285, "invoice": 0.92}
    lines = []
    for name, mix in (("stale set, mix of half a year ago", old), ("fresh set, today's mix", new)):
        types = rng.choice(list(mix), documents, p=list(mix.values()))
        draw = rng.random(documents)
        one = np.array([draw[n] < champion[t] for n, t in enumerate(types)], dtype=float)
        other = np.array([draw[n] < challenger[t] for n, t in enumerate(types)], dtype=float)
        found = paired(one, other, np.ones(documents), seed=seed)
        lines.append(
            f"{name:<36} {100 * (found.champion or 0):.1f} → {100 * (found.challenger or 0):.1f}  "
            f"{100 * found.difference:+.1f} [{100 * found.lower:+.1f}, {100 * found.upper:+.1f}]"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift")
    parser.add_argument("--tries", type=int, default=1000, help="simulated cases behind each line")
    tries = parser.parse_args(arguments).tries
    print("false promotion of equal variants (superior); by the resampled bound alone")
    for documents, moved in ((300, 0.04), (300, 0.08), (600, 0.10), (1000, 0.04)):
        for name, weights in (("equal weights", equal(documents)), ("skewed weights", skewed(documents))):
            promoted, bound = false_promotions(documents, moved, tries, 5, weights)
            print(
                f"  n={documents:<5} {moved:.0%} differ, {name:<15} {promoted.words()}"
                f"   ({100 * bound.value:.1f}%)"
            )
    print("nights with nothing wrong: alerts; watched")
    for figures, icc in ((10, 0.0), (20, 0.0), (20, ICC)):
        alerts, watched = null_nights(figures, tries, 7, icc=icc)
        print(f"  {figures} figures, ICC {icc:.1f}   {alerts.words()}   watched {watched.words()}")
    print("nights that alert of one type while the whole of another has fallen")
    print(f"  20 figures, 10 of each   {ridden(20, tries, 8).words()}")
    print("planted drops of one figure, alerted")
    for before, after, within in ((0.95, 0.85, 3), (0.95, 0.90, 7)):
        for figures in (10, 20):
            found = planted(before, after, within, figures, tries, 9)
            print(f"  {before:.0%} → {after:.0%} within {within} nights, {figures} figures   {found.words()}")
    print("live accuracy: coverage of the 95 % interval, error of the estimate, error of the naive share")
    for world in (
        World(3000, 0.05, 1), World(10_000, 0.02, 1), World(3000, 0.02, 1), World(3000, 0.05, 12),
        World(5000, 0.02, 12), World(3000, 0.02, 1, accepted_right=0.95),
        World(2000, 0.30, 5, 0.95, 0.80, 0.30), World(900, 0.30, 4, 0.93, 0.70, 0.60),
    ):  # fmt: skip
        held, off, naive = coverage(world, tries, 11)
        print(
            f"  {world.documents} documents, {world.routed_share:.0%} routed, {world.audit:.0%} audited, "
            f"{world.fields} fields   {held.words()}   "
            f"{100 * off:+.2f} points   {100 * naive:+.1f} points"
        )
    print("shadow: called better at any time, asked after every pair")
    for wins, pairs in ((0.5, 100), (0.5, 500), (0.5, 2000), (0.6, 300), (0.7, 100), (0.8, 40)):
        print(f"  wins {wins:.0%} of {pairs:<5} pairs   {shadow_says(wins, pairs, 10 * tries, 13).words()}")
    print("bit-rot: the same two variants on both sets")
    for line in bit_rot(4000, 3):
        print(f"  {line}")


if __name__ == "__main__":
    main()
