"""Sets as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from evals.sets.diff import SetDiff
from evals.sets.form import SHOWN, Manifest
from evals.sets.keeping import WORN

_SHIFT = 0.10
"""A type whose share of the mix moved by this much is named as a cause."""


def built_lines(manifest: Manifest, *, moved: bool) -> list[str]:
    """Return what was built: types, weights, what was left out."""
    total = sum(share.records for share in manifest.types.values())
    lines = [
        (
            f"SET {manifest.name} {manifest.set_id[:SHOWN]}  {total} records, {manifest.sampling.first} to "
            f"{manifest.sampling.last}, seed {manifest.sampling.seed}"
        )
    ]
    for name, share in manifest.types.items():
        lines.append(
            f"  {name:<24} {share.records:>5} of {share.available} reviewed  "
            f"{float(share.mix):6.1%} of production  worth {float(share.effective):.0f}"
            + (f"  {share.hard} hard" if share.hard else "")
        )
    lanes = ", ".join(f"{count} {lane}" for lane, count in manifest.lanes.items())
    lines.append(f"  lanes: {lanes}")
    lines += [f"  left out: {one.documents} {one.reason}" for one in manifest.exclusions]
    if manifest.stamp:
        lines.append(f"  STAMPED {manifest.stamp}")
    pointed = "the name points at it now" if moved else "the name pointed at it already"
    lines.append(f"  {pointed}; before it: {manifest.parent[:SHOWN] if manifest.parent else 'nothing'}")
    return lines


def diff_lines(found: SetDiff) -> list[str]:
    """Return what changed between two sets, the mix with it."""
    lines = [
        (
            f"DIFF {found.before.set_id[:SHOWN]} → {found.after.set_id[:SHOWN]}  "
            f"{len(found.entered)} entered, {len(found.left)} left, {len(found.changed)} changed"
        )
    ]
    for name, (before, after) in found.mix.items():
        counts = found.records[name]
        lines.append(f"  mix {name:<20} {before:6.1%} → {after:6.1%}   records {counts[0]} → {counts[1]}")
    for document_id, fields in list(found.changed.items())[:10]:
        lines.append(f"  changed {document_id[:SHOWN]}  {', '.join(fields)}")
    return lines


def shifted(mix: dict[str, tuple[float, float]]) -> list[str]:
    """Return the types whose share moved so much that figures before and after do not compare."""
    return [name for name, (before, after) in mix.items() if abs(after - before) >= _SHIFT]


def use_words(uses: int) -> str:
    """Return how worn a set is."""
    return f"used {uses}/{WORN}" + (": worn out, build a new one" if uses >= WORN else "")


def problem_lines(manifest: Manifest, problems: Sequence[str]) -> list[str]:
    """Return whether a set is what it says."""
    head = f"SET {manifest.name} {manifest.set_id[:SHOWN]}"
    if not problems:
        return [f"{head}  ok: every record and the whole are what their ids say"]
    return [f"{head}  NOT what was written", *(f"  {one}" for one in problems)]
