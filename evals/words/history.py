"""The registry as people read it."""

from __future__ import annotations

from collections.abc import Sequence

from evals.registry.history import Step, TypeStanding
from store.lineages import ModelLineage
from store.registry import RegistryEntry

_SHORT = 8
_LONG = 12


def standing_lines(found: Sequence[TypeStanding]) -> list[str]:
    """Return what is live of each type, since when, by whom, on what, and what to roll back to."""
    lines = []
    for one in found:
        entry = one.since
        lines.append(
            f"{one.doc_type}@{one.bundle.digest[:_SHORT]}  live since {entry.statement.at:%Y-%m-%d %H:%M}  "
            f"{entry.statement.mark} by {entry.statement.by}  entry {entry.number}"
        )
        lines.append(f"  evidence   {evidence_words(entry)}")
        back = f"{one.doc_type}@{one.back_to[:_SHORT]}" if one.back_to else "nothing was live before"
        lines.append(f"  back to    {back}")
        lines += [f"  revoked    {field}: {why}" for field, why in sorted(one.revoked.items())]
    return lines


def evidence_words(entry: RegistryEntry) -> str:
    """Return what an entry rests on."""
    lineage = entry.statement.lineage
    if lineage is None:
        return "published from the type folders; no eval was asked for"
    match lineage.kind:
        case "promote":
            learned = f", learned from {lineage.learned_from[:_LONG]}" if lineage.learned_from else ""
            return f"{lineage.verdict} on set {(lineage.set_id or '')[:_LONG]}{learned}"
        case "rollback":
            return f"rolled back from {(lineage.replaced or '')[:_SHORT]}"
        case "revoke":
            return f"certificate of {lineage.field} revoked"


def step_lines(found: Sequence[Step]) -> list[str]:
    """Return every entry, oldest first, with what it changed."""
    lines = []
    for step in found:
        said = step.entry.statement
        what = (
            said.lineage.kind if said.lineage else ("publish" if step.changed else said.comment or "approve")
        )
        lines.append(
            f"{step.entry.number:>4}  {said.at:%Y-%m-%d %H:%M}  {what:<8} {said.mark:<8} by {said.by}  "
            f"release {said.what[:_LONG]}"
        )
        for name, (before, after) in step.changed.items():
            parts = f"  ({', '.join(step.parts[name])})" if step.parts[name] else ""
            lines.append(f"      {name} {_digest(before)} → {_digest(after)}{parts}")
        lines += [f"      revoked {one}" for one in step.revoked]
        if said.lineage is not None:
            lines.append(f"      {evidence_words(step.entry)}")
        if said.comment and said.lineage is not None:
            lines.append(f"      {said.comment}")
    return lines


def _digest(digest: str | None) -> str:
    return digest[:_SHORT] if digest else "none"


def lineage_lines(name: str, lineage: ModelLineage | None, told: Sequence[str]) -> list[str]:
    """Return where a variant comes from: data, corrections, parent."""
    if lineage is None:
        return [f"{name}  what it learned from is not on record; its card names the data", *told]
    documents = len({one.document_id for one in lineage.learned_from})
    parent = f"{lineage.doc_type}@{lineage.parent[:_SHORT]}" if lineage.parent else "none"
    lines = [
        f"{name}  trained {lineage.at:%Y-%m-%d %H:%M}  parent {parent}"
        if lineage.at
        else f"{name}  came with its type",
    ]
    if lineage.learned_from:
        lines.append(
            f"  learned from {len(lineage.learned_from)} decisions on {documents} documents "
            f"(list {lineage.digest[:_LONG]})"
        )
    lines += [f"  {one.decision_id}  document {one.document_id[:_LONG]}" for one in lineage.learned_from]
    if lineage.base:
        lines.append(f"  learned from {len(lineage.base)} labelled documents")
    return [*lines, *(f"  data {one[:_LONG]}" for one in lineage.data), *told]
