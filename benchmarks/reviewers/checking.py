"""What must hold of the queue after any load: held against the database alone and what people were told.

It shares no code with ``review``: it reads the tables by their names and nobody's word for them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

Line = dict[str, Any]
_DECISIONS = """
    SELECT d.decision_id, d.task_id, d.reviewer_id, d.idempotency_key, d.number, d.run_id, o.state
    FROM review_decisions d LEFT JOIN review_outbox o ON o.decision_id = d.decision_id
"""
_STATES = "SELECT task_id, state, decided_by FROM review_tasks WHERE state <> 'open'"


@dataclass
class Findings:
    """What is wrong, by kind; all empty means that every promise held.

    Attributes:
        lost: Decisions that somebody was told are kept, and are not; undos likewise.
        duplicated: Tasks decided twice, keys used twice, decisions without or with two ways out.
        claimed_twice: Tasks that two people had at the same time.
        disagreeing: Tasks whose own state does not fit their decisions.
    """

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    claimed_twice: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(vars(self).values())


def read_journals(files: Iterable[Path]) -> list[Line]:
    """Return all lines in the order of their time; the last of a killed process may be half a line."""
    lines = []
    for path in sorted(files):
        for written in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(written))
            except ValueError:
                continue
    return sorted(lines, key=lambda line: line["at"])


def check(connection: Connection, journal: Sequence[Line]) -> Findings:
    """Hold the database against what people were told."""
    kept = [dict(row) for row in connection.execute(text(_DECISIONS)).mappings()]
    states = {row.task_id: row for row in connection.execute(text(_STATES))}
    findings = Findings()
    _check_kept(findings, kept, journal)
    _check_once(findings, kept)
    _check_states(findings, kept, states)
    _check_claims(findings, journal)
    return findings


def _check_kept(findings: Findings, kept: Sequence[Line], journal: Sequence[Line]) -> None:
    known = {(one["decision_id"], one["task_id"], one["reviewer_id"], one["idempotency_key"]) for one in kept}
    undone = {(one["task_id"], one["reviewer_id"]) for one in kept if one["state"] == "undone"}
    for line in journal:
        if line["event"] == "decided":
            if (line["decision"], line["task"], line["who"], line["key"]) not in known:
                findings.lost.append(f"decision {line['decision']}")
        elif line["event"] == "undone" and (line["task"], line["who"]) not in undone:
            findings.lost.append(f"undo of {line['task']}")


def _check_once(findings: Findings, kept: Sequence[Line]) -> None:
    standing = [one for one in kept if one["state"] != "undone"]
    for what, found in (
        ("task", Counter(one["task_id"] for one in standing)),
        ("key", Counter((one["reviewer_id"], one["idempotency_key"]) for one in kept)),
        ("number", Counter((one["task_id"], one["number"]) for one in kept)),
        ("decision", Counter(one["decision_id"] for one in kept)),
        ("run of one person", Counter((one["run_id"], one["reviewer_id"]) for one in standing)),
    ):
        findings.duplicated += [f"{what} {name}: {count}" for name, count in found.items() if count > 1]
    findings.lost += [f"way out of {one['decision_id']}" for one in kept if one["state"] is None]


def _check_states(findings: Findings, kept: Sequence[Line], states: dict[str, Any]) -> None:
    meant = {"held": "held", "released": "done"}
    standing = {one["task_id"]: one for one in kept if one["state"] in meant}
    for name, one in standing.items():
        row = states.get(name)
        if row is None or (row.state, row.decided_by) != (meant[one["state"]], one["reviewer_id"]):
            findings.disagreeing.append(f"task {name}")
    decided = {name for name, row in states.items() if row.state in ("held", "done")}
    findings.disagreeing += [f"task {name}" for name in sorted(decided - standing.keys())]


def _check_claims(findings: Findings, journal: Sequence[Line]) -> None:
    """A claim is somebody's from when he was told until it ended, was given up, or was ended by force."""
    ends: dict[str, list[Line]] = defaultdict(list)
    claims: dict[str, list[Line]] = defaultdict(list)
    for line in journal:
        if line["event"] in ("deciding", "left", "undoing", "ended"):
            ends[line["task"]].append(line)
        elif line["event"] == "claimed":
            claims[line["task"]].append(line)
    for name, told in claims.items():
        for later, earlier in ((told[j], told[i]) for j in range(len(told)) for i in range(j)):
            if later["who"] != earlier["who"] and _both_had(earlier, later, ends[name]):
                findings.claimed_twice.append(f"task {name}")


def _both_had(earlier: Line, later: Line, ends: Sequence[Line]) -> bool:
    """Whether two had a task at once: neither claim was over when the other one was answered.

    Who was told first need not have asked first: a claim that ran out or was ended by force before it was
    told of is over too, whichever of the two it is.
    """
    told, asked = float(earlier["at"]), float(later["sent"])
    return _over(earlier, told, ends) > later["at"] and _over(later, asked, ends) > told


def _over(claim: Line, since: float, ends: Sequence[Line]) -> float:
    """Return when a claim was over, of the ends that came after ``since``."""
    mine = [end for end in ends if end["at"] >= since and end.get("who") in (None, claim["who"])]
    ran_out = datetime.fromisoformat(claim["until"]).timestamp()
    return min([ran_out, *(float(end["at"]) for end in mine)])
