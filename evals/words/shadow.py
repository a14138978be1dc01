"""Shadows as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.shadow.betting import DECIDES
from evals.shadow.keeping import Ended, Role, Shadow, Tally, Verdict
from evals.shadow.traffic import Look

_LINES = {
    (Role.CHALLENGER, Verdict.BETTER): "PROPOSED: doctrail promote {name} --by NAME",
    (Role.CHALLENGER, Verdict.WORSE): "{name} is not to be promoted in the place of what is live",
    (Role.GUARD, Verdict.BETTER): "ROLLED BACK to {name}: what was promoted reads live documents worse",
    (Role.GUARD, Verdict.WORSE): "what was promoted reads live documents better; the guard is over",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A shadow as it stands.

    Attributes:
        read: Documents that it read so far.
        otherwise: Of those, documents that it reads otherwise.
        asked: Of those, documents that people were asked about.
        look: What the last look found, where one was taken now.
    """

    shadow: Shadow
    read: int
    otherwise: int
    asked: int
    tally: Tally
    ended: Ended | None
    look: Look | None = None


def shadow_lines(one: Seen) -> list[str]:
    """Return how a shadow stands, as lines without any value of a document."""
    shadow, tally = one.shadow, one.tally
    lines = [
        (
            f"SHADOW {shadow.name} ({shadow.role.value}) beside {shadow.doc_type}@{shadow.against[:8]}  "
            f"since {shadow.since:%Y-%m-%d} by {shadow.by}"
        ),
        (
            f"  read {one.read} live documents, {one.otherwise} otherwise, {one.asked} asked, "
            f"{tally.fixes + tally.breaks + tally.ties} answered"
        ),
        (
            f"  fixes {tally.fixes} breaks {tally.breaks} neither {tally.ties}   "
            f"evidence better {tally.better:.1f} worse {tally.worse:.1f} (said from {DECIDES:.0f} on)"
        ),
    ]
    if one.ended is None:
        return [*lines, "  goes on"]
    lines.append(f"  {one.ended.verdict.value.upper()} {one.ended.at:%Y-%m-%d}: {one.ended.why}")
    said = _LINES.get((shadow.role, one.ended.verdict))
    return [*lines, f"  {said.format(name=shadow.name)}"] if said else lines


def shadow_dict(one: Seen) -> Mapping[str, Any]:
    """Return how a shadow stands as plain JSON."""
    return {
        **one.shadow.model_dump(mode="json"),
        "name": one.shadow.name,
        "read": one.read,
        "otherwise": one.otherwise,
        "asked": one.asked,
        "tally": one.tally.model_dump(mode="json"),
        "ended": one.ended.model_dump(mode="json") if one.ended else None,
    }
