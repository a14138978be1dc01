"""Erasures in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ops.erase.due import ANY_OTHER, Due
from ops.erase.plan import Plan
from ops.erase.search import Left
from ops.words import minute, several
from store.erasures import Receipt

MOST_NAMED = 12


def plan_lines(plan: Plan, *, named: Mapping[str, str | None]) -> list[str]:
    """Return what would go, packets with what they hold."""
    lines = []
    for document_id in plan.documents:
        name = named.get(document_id)
        lines.append(f"{document_id[:12]}  {name or ''}".rstrip())
    return [
        "erases:",
        *(f"  {line}" for line in lines[:MOST_NAMED]),
        *([f"  and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []),
        f"  {several(len(plan.objects), 'object')} of the store",
        "  everything that the catalog, the review queue and the eval sets know of them",
    ]


def receipt_lines(receipt: Receipt) -> list[str]:
    """Return what was erased."""
    erasure = receipt.erasure
    counted = (
        several(len(erasure.objects) + len(receipt.late), "object"),
        f"{several(receipt.catalog_rows, 'row')} of the catalog",
        f"{several(receipt.review_rows, 'row')} of the review queue",
    )
    lines = [f"erased {several(len(erasure.documents), 'document')}: {', '.join(counted)}"]
    if receipt.late:
        lines.append(f"{several(len(receipt.late), 'object')} of them were written by agents meanwhile")
    if receipt.eval_sets:
        lines.append(
            f"a tombstone stands for it in {several(len(receipt.eval_sets), 'eval set')}: "
            + ", ".join(one[:12] for one in receipt.eval_sets)
        )
    lines += [f"retrain due: model {model[:12]} learned from it" for model in receipt.retrain]
    before = "; what went before it is in those beside it" if erasure.number > 1 else ""
    lines.append(f"receipt: erasures/{erasure.document_id}/{erasure.number:04d}.receipt.json{before}")
    return lines


def due_lines(found: Sequence[Due], retention: Mapping[str, int]) -> list[str]:
    """Return what was kept as long as its type says."""
    if not retention:
        where = "write days by type under [retention] in the file that DOCTRAIL_OPERATIONS names"
        return [f"nothing is said of how long documents are kept: {where}"]
    ripe = [one for one in found if not one.waits]
    waiting = len(found) - len(ripe)
    rules = ", ".join(f"{'any other' if of == ANY_OTHER else of} {days}" for of, days in retention.items())
    lines = [f"kept for (days): {rules}", f"due: {several(len(ripe), 'document')}"]
    for one in ripe[:MOST_NAMED]:
        since = f"since {minute(one.until)}"
        lines.append(
            f"  {one.document_id[:12]}  {one.doc_type or 'no type'}  {since}  {one.name or ''}".rstrip()
        )
    if len(ripe) > MOST_NAMED:
        lines.append(f"  and {len(ripe) - MOST_NAMED} more")
    if waiting:
        left = several(waiting, "document")
        lines.append(f"due, but at work or with a person: {left}; left alone until done")
    return lines


def left_lines(left: Left, receipt: Receipt | None, kept: float) -> list[str]:
    """Return what a search found; ``kept`` is for how many seconds the bus keeps a message at the longest."""
    lines = []
    if receipt is not None:
        lines.append(f"erased on {minute(receipt.finished_at)}: {receipt.erasure.reason}")
    what_to_do = "erase it again"
    if receipt is not None and left.came_in is not None and left.came_in > receipt.finished_at:
        what_to_do = f"it came in again at {minute(left.came_in)}, and is a document like any other since"
    if left.clean:
        lines.append("nothing of it is left in the store, the catalog and the review queue")
    else:
        lines.append(
            f"LEFT: {several(len(left.objects), 'object')}, {several(left.rows, 'row')}; {what_to_do}"
        )
        lines += [f"  {key}" for key in left.objects[:MOST_NAMED]]
    if left.mentions:
        lines.append(
            f"{several(len(left.mentions), 'other object')} hold its id alone, a digest: "
            + ", ".join(sorted({_kind(key) for key in left.mentions}))
        )
    if left.messages:
        until = (
            "for ever (DOCTRAIL_TOPIC_RETENTION_DAYS)"
            if math.isinf(kept)
            else f"until {kept / 86400:g} days after they were sent, and every agent is past them"
        )
        lines.append(f"{several(left.messages, 'message')} on the bus hold its id and digests, {until}")
    return lines


def _kind(key: str) -> str:
    parts = key.split("/")
    return "/".join(parts[2:4]) if parts[0] == "documents" and len(parts) > 3 else parts[0]
