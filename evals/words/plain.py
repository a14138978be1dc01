"""The same as is printed, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evals.comparing.pooled import Pooled
from evals.comparing.rule import Comparison
from evals.sets.keeping import WORN


def comparison_dict(found: Comparison, uses: int) -> dict[str, Any]:
    """Return a comparison as plain JSON."""
    return {
        "set": found.set_id,
        "stamp": found.stamp,
        "uses": uses,
        "worn": uses >= WORN,
        "outcome": found.outcome.value,
        "promotes": found.outcome.promotes,
        "needed": found.needed,
        "exact": asdict(found.exact) | {"difference": found.exact.difference},
        "critical": {n: asdict(one) | {"difference": one.difference} for n, one in found.critical.items()},
        "hard": asdict(found.hard) | {"difference": found.hard.difference},
        "blocked": list(found.blocked),
        "unguarded": list(found.unguarded),
        "disagrees": found.disagrees,
        "broken": list(found.broken),
        "champion": {"name": found.champion.name, "digest": found.champion.digest,
                     "figures": found.champion.figures.as_dict()},
        "challenger": {"name": found.challenger.name, "digest": found.challenger.digest,
                       "figures": found.challenger.figures.as_dict()},
    }  # fmt: skip


def pooled_dict(found: Pooled, uses: int) -> dict[str, Any]:
    """Return a comparison of several types together as plain JSON."""
    return {
        **comparison_dict(found.whole, uses),
        "types": {name: comparison_dict(part, uses) for name, part in found.parts.items()},
        "mix": {name: {"set": before, "today": now} for name, (before, now) in found.mix.items()},
        "today": asdict(found.today) | {"difference": found.today.difference} if found.today else None,
        "turned_by_mix": found.turned,
    }
