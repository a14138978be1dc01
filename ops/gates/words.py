"""Gates in words: what is closed and why, what only warns, what is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ops.gates.standing import Held, Standing
from ops.operations import Gate
from ops.words import duration, minute, several, short, shown, spoken


def gate_lines(gates: Sequence[Gate], standing: Standing, held: dict[str, int], now: datetime) -> list[str]:
    """Return every gate, the closed ones first."""
    checked = "never checked: doctrail gates check" if standing.checked_at is None else (
        f"checked {duration((now - standing.checked_at).total_seconds())} ago"
    )  # fmt: skip
    count = several(sum(held.values()), "document")
    lines = [f"{several(len(standing.closed), 'gate')} closed, {count} held; {checked}"]
    for one in sorted(standing.closed.values(), key=lambda one: one.key):
        what = f"{one.gate}, {spoken(one.doc_type)} ({one.action.value})"
        count = several(held.get(one.gate, 0), "document")
        lines += [
            f"CLOSED  {what}: {shown(one.reason, 140)}",
            f"        since {minute(one.at)}, {count} held: doctrail gates release {one.key}",
        ]
    lines += [f"warns   {w.gate}, {spoken(w.doc_type)}: {shown(w.reason, 140)}" for w in standing.warned]
    quiet = {one.gate for one in (*standing.closed.values(), *standing.warned)}
    for gate in gates:
        if gate.name not in quiet:
            about = "every type" if gate.doc_type == "*" else spoken(gate.doc_type)
            lines.append(f"open    {gate.name}, {about}: {gate.check}, {gate.action.value}")
    for key, done in sorted(standing.released.items()):
        who = f"by {shown(done.by)}, {several(done.messages, 'document')}"
        lines.append(f"released {minute(done.at)} {who}: {key} ({shown(done.reason, 80)})")
    return lines


def held_lines(held: Sequence[Held]) -> list[str]:
    """Return what is held, the newest last."""
    if not held:
        return ["nothing is held"]
    lines = []
    for one in held:
        where = f"{short(one.document_id)}  {spoken(one.doc_type)}  {one.gate}  {minute(one.at)}"
        lines.append(f"{where}  {shown(one.reason, 100)}")
    return lines
