"""Whether certificates hold what they say, in worlds whose true error is known.

python -m benchmarks.certificates [--draws N] [--json]

From each world a field's decisions are drawn, certified by the shipped code, and the certificate is held
against the true error of what it accepts in all of that world. *Violated* is the share of all draws in
which that error is above the target: the promise is at most 5 %, in every world by itself. *Of certified*
relates violations to the certificates given, over worlds as fields are: some good enough, some not. In a
world that lies just above its target nearly nothing is certified, and what is, is a violation; that is why
such worlds are listed, but not counted there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from inference.learned.certify import CANDIDATES, Decisions, certify
from inference.reading.document import Floats

DRAWS = 1000
PROMISED = 0.05
_WORLD = 200_000
_SEED = 20


@dataclass(frozen=True, slots=True)
class World:
    """Where decisions come from.

    Attributes:
        decisions: How many are drawn for a certificate.
        target: Error rate to be certified.
        errors: The chance of an error given the confidence.
        sure: Parameters of the confidence's beta distribution.
        usual: Like a field of ours; the others are there to break the promise.
    """

    name: str
    decisions: int
    target: float
    errors: Callable[[Floats], Floats]
    sure: tuple[float, float] = (6.0, 1.0)
    usual: bool = True

    def drawn(self, generator: np.random.Generator, count: int) -> tuple[Floats, Floats]:
        """Return confidences and the chance of an error for each."""
        confidence = generator.beta(*self.sure, count)
        return confidence, np.clip(self.errors(confidence), 0.0, 1.0)


def _falling(scale: float) -> Callable[[Floats], Floats]:
    return lambda confidence: scale * (1 - confidence)


def _flat(rate: float) -> Callable[[Floats], Floats]:
    return lambda confidence: np.full(len(confidence), rate)


WORLDS = (
    World("calibrated, 250 decisions", 250, 0.05, _falling(1.0)),
    World("calibrated, 600 decisions", 600, 0.02, _falling(1.0)),
    World("better than it says", 600, 0.02, _falling(0.3)),
    World("surer than it is", 600, 0.05, _falling(2.0)),
    World("ranks nothing, errors rare", 400, 0.05, _flat(0.01)),
    World("ranks nothing, errors frequent", 400, 0.05, _flat(0.15)),
    World("two kinds, told apart", 600, 0.02, lambda c: np.where(c > 0.8, 0.003, 0.4)),
    World("just above 2 %, everywhere", 1500, 0.02, _flat(0.0201), usual=False),
    World("just above 5 %, everywhere", 300, 0.05, _flat(0.0501), usual=False),
    World("worse the surer", 600, 0.05, lambda c: 0.12 * c, usual=False),
    World("just above 2 % where surest", 1500, 0.02, lambda c: np.where(c > 0.95, 0.0205, 0.01), usual=False),
    World("just above 5 % at the loosest", 1000, 0.05, lambda c: np.where(c > 0.5, 0.03, 0.9), (3, 1), False),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a world's draws: shares of all of them, and the mean share of decisions accepted."""

    world: str
    usual: bool
    certified: float
    violated: float
    accepted: float


def held_against(world: World, draws: int) -> Found:
    """Return how often certificates of a world were given, and how often they were violated."""
    generator = np.random.default_rng(_SEED)
    everything, chances = world.drawn(generator, _WORLD)
    true = {t: float(chances[everything >= t].mean()) for t in CANDIDATES if (everything >= t).any()}
    covered = {t: float((everything >= t).mean()) for t in CANDIDATES}
    certified = violated = 0
    accepted = 0.0
    for _ in range(draws):
        confidence, wrong = world.drawn(generator, world.decisions)
        right = (generator.uniform(size=len(wrong)) >= wrong).astype(np.int64)
        given = certify("field", Decisions(confidence, right), target=world.target, population=world.name)
        if given.threshold is not None:
            certified += 1
            violated += true[given.threshold] > world.target
            accepted += covered[given.threshold]
    return Found(world.name, world.usual, certified / draws, violated / draws, accepted / max(1, certified))


def of_certified(found: Sequence[Found]) -> float:
    """Return the share of certificates that are violated, over the usual worlds together."""
    usual = [one for one in found if one.usual]
    return sum(one.violated for one in usual) / max(sum(one.certified for one in usual), 1e-9)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certificates")
    parser.add_argument("--draws", type=int, default=DRAWS, help="certificates drawn in each world")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the table")
    options = parser.parse_args(arguments)
    found = [held_against(world, options.draws) for world in WORLDS]
    print(f"{'world':34} {'certified':>9} {'accepted':>9} {'violated':>9}")
    for one in found:
        print(f"{one.world:34} {one.certified:9.3f} {one.accepted:9.3f} {one.violated:9.3f}")
    share = of_certified(found)
    print(f"of certificates in worlds as fields are, {share:.4f} are violated; at most {PROMISED} may be")
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    # Twelve shares of a thousand draws scatter: three standard deviations are allowed.
    slack = 3 * (PROMISED * (1 - PROMISED) / options.draws) ** 0.5
    return int(share > PROMISED or any(one.violated > PROMISED + slack for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
