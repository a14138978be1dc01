"""A night as it is printed: what alerts, what is watched, what moved, the cause, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.drift.gate import Broken
from evals.drift.inputs import Inputs
from evals.drift.nightly import Figure, Night

_SHORT = 12
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Report:
    """Everything of a night.

    Attributes:
        wanted: Audited documents that were wanted.
        waiting: Audits that nobody answered yet.
        revoked: Certificates that the gate revoked tonight.
        changes: By figure, what became live around the day since when it is worse.
        rate: Share of records that is audited from now on, to get as many as are wanted; None: as configured.
        records: Documents a day, over the last seven.
        hurried: Reviewers who decide faster than anybody reads, and whose word was left out.
    """

    night: Night
    inputs: Inputs
    wanted: int
    waiting: int
    revoked: Sequence[Broken]
    changes: Mapping[str, Sequence[str]]
    rate: float | None
    records: float = 0.0
    hurried: Sequence[str] = ()

    @property
    def code(self) -> int:
        """Exit code: 2 alert, 1 watch, 0 nothing."""
        if self.night.alerts or self.revoked:
            return 2
        return 1 if self.night.watched or self.inputs.alarming else 0


def report_lines(found: Report) -> list[str]:
    """Return a night as lines, without any value of a document."""
    night = found.night
    lines = [
        (
            f"DRIFT {night.at:%Y-%m-%d}  audit n={night.documents}/{found.wanted} "
            f"({found.waiting} awaiting review)  "
            f"baseline 30d n={night.base_documents}"
        )
    ]
    lines += [_alert(figure) for figure in night.alerts]
    lines += [
        f"REVOKED {one.doc_type}.{one.field}  {one.why}; its values go to people" for one in found.revoked
    ]
    lines += [f"watch {f.name}  right {_count(f)}  z {f.z:+.1f}" for f in night.watched]
    if night.watched:
        expected = max(1, round(len(night.figures) / 22))
        lines.append(f"      (about {expected} such lines a night at {len(night.figures)} figures by chance)")
    lines += _moved(found.inputs)
    lines += [_cause(figure, found) for figure in night.alerts]
    if night.alerts:
        lines.append(
            f"      all of production, seven nights: within types {100 * night.within:+.1f}pt, "
            f"by their mix {100 * night.mix:+.1f}pt"
        )
    if night.untested:
        lines.append(f"note  {len(night.untested)} figures have no baseline yet")
    if found.rate is not None:
        lines.append(
            f"note  {found.rate:.0%} of what comes in is audited from now on: {found.wanted} a night of "
            f"about {found.records:.0f} documents a day"
        )
    if found.hurried:
        named = ", ".join(found.hurried)
        lines.append(f"note  left out, for they decide faster than anybody reads (weight 0): {named}")
    if night.worst:
        lines.append("look  " + " | ".join(f"doctrail trace {key[:_SHORT]}" for key in night.worst))
    if found.code == 0:
        lines.append("ok    nothing stands out")
    return lines


def _alert(figure: Figure) -> str:
    low, high = figure.interval
    days = {id(figure.night): "1 night", id(figure.recent): "3 nights", id(figure.pool): "7 nights"}
    return (
        f"ALERT {figure.name}  right {figure.shown.count - figure.shown.errors}/{figure.shown.count} "
        f"{100 * figure.shown.right:.1f}% [{100 * low:.1f},{100 * high:.1f}] in {days[id(figure.shown)]}  "
        f"base {100 * figure.base.right:.1f}%  z {figure.z:+.1f}  {_p(figure.chance)}*"
    )


def _p(chance: float) -> str:
    return "p<.001" if chance < 0.001 else f"p={chance:.3f}"


def _count(figure: Figure) -> str:
    return f"{figure.night.count - figure.night.errors}/{figure.night.count}"


def _moved(inputs: Inputs) -> list[str]:
    mix = next(one for one in inputs.moved if one.what == "mix")
    state = "MOVED" if inputs.mix.moved else "ok"
    lines = [
        (
            f"mix   {mix.said or 'one type'}  PSI {inputs.mix.psi:.3f} "
            f"(limit {inputs.mix.limit:.3f}, {inputs.mix.band})  "
            f"{state}"
        )
    ]
    others = [one for one in inputs.alarming if one.what != "mix"]
    lines += [f"moved {one.what}  {one.said}  {_p(one.chance)}" for one in others[:_SHOWN]]
    if len(others) > _SHOWN:
        lines.append(f"moved {len(others) - _SHOWN} others")
    return lines


def _cause(figure: Figure, found: Report) -> str:
    kind = kind_of_drift(figure, found)
    since = f"first seen {figure.since}" if figure.since else "first seen tonight"
    changed = found.changes.get(figure.name, ())
    live = "; ".join(changed) if changed else "nothing became live around that day"
    fell = 100 * (figure.shown.right - figure.base.right)
    return f"cause {figure.name} {fell:+.1f}pt: {kind}  {since}  {live}"


def kind_of_drift(figure: Figure, found: Report) -> str:
    """Return what kind of change it is: a change of ours, of what comes in, or of what it means."""
    if found.changes.get(figure.name):
        return "after a change of ours"
    doc_type = figure.name.partition(".")[0]
    moved = [
        one.what
        for one in found.inputs.alarming
        if one.what == "quality" or one.what.split(" ")[-1].startswith(doc_type)
    ]
    if moved or found.inputs.mix.moved:
        return "data drift (what comes in moved: " + ", ".join(moved[:3] or ["mix"]) + ")"
    return "concept drift (what comes in looks the same, what it says is read worse)"


def report_dict(found: Report) -> dict[str, Any]:
    """Return a night as plain JSON."""
    night = found.night
    return {
        "at": night.at.isoformat(),
        "exit": found.code,
        "documents": night.documents,
        "wanted": found.wanted,
        "waiting": found.waiting,
        "alerts": [_plain(f, found) for f in night.alerts],
        "watch": [_plain(f, found) for f in night.watched],
        "revoked": [{"type": o.doc_type, "field": o.field, "why": o.why} for o in found.revoked],
        "mix": {
            "psi": found.inputs.mix.psi,
            "limit": found.inputs.mix.limit,
            "moved": found.inputs.mix.moved,
        },
        "moved": [{"what": o.what, "chance": o.chance, "said": o.said} for o in found.inputs.alarming],
        "within": night.within,
        "by_mix": night.mix,
        "audit_rate_raised_to": found.rate,
        "left_out_reviewers": list(found.hurried),
        "look": list(night.worst),
    }


def _plain(figure: Figure, found: Report) -> dict[str, Any]:
    low, high = figure.interval
    return {
        "name": figure.name,
        "right": figure.shown.right,
        "low": low,
        "high": high,
        "count": figure.shown.count,
        "base": figure.base.right,
        "z": figure.z,
        "chance": figure.chance,
        "since": figure.since and figure.since.isoformat(),
        "kind": kind_of_drift(figure, found) if figure.alert else None,
        "changes": list(found.changes.get(figure.name, ())),
    }
