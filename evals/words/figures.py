"""The figures of a run as lines, each with its interval."""

from __future__ import annotations

from evals.scoring.figures import Figures
from evals.scoring.intervals import Rate


def figure_lines(name: str, found: Figures, *, stamp: str | None = None) -> list[str]:
    """Return the figures of a variant on a set."""
    routing = found.routing
    ranking = (
        "undefined: every field is right, or none"
        if routing.auroc is None
        else (f"{routing.auroc:.3f} [{routing.auroc_low:.3f}, {routing.auroc_high:.3f}]")
    )
    cost, each = ("unknown" if one is None else f"${one:.4f}" for one in (found.cost, found.cost_per_right))
    lines = [
        f"RUN {name}  n={found.documents} docs (eff {found.effective:.0f}), {found.cells:,} cells",
        f"  doc-exact        {rate_words(found.exact)}",
        f"  critical fields  {rate_words(found.critical)}",
        f"  cells, F1        {rate_words(found.f1)}",
        f"  made-up values   {rate_words(found.fabricated)}",
        f"  usable answers   {rate_words(found.valid)}",
    ]
    if found.row_recall.value is not None:
        lines.append(f"  rows found       {rate_words(found.row_recall)}")
    lines += [
        f"  no person needed {rate_words(routing.coverage)}",
        f"  fields accepted  {rate_words(routing.accepted_fields)}",
        f"  accepted, wrong  {rate_words(routing.accepted_error)}",
        (
            f"  ranking          AUROC {ranking}  {routing.errors} errors, {routing.bins} of 10 bins "
            f"populated  AURC {'–' if routing.aurc is None else f'{routing.aurc:.4f}'}  "
            f"ECE {'–' if routing.ece is None else f'{routing.ece:.3f}'}"
        ),
        f"  cost {cost} a document, {each} a right field",
        f"  time             p50 {found.seconds_p50:.2f} s, p99 {found.seconds_p99:.2f} s",
    ]
    lines += [f"  {field:<34} {rate_words(rate)}" for field, rate in found.fields.items()]
    lines += [f"  note: {said}" for said in taught_words(found)]
    return [*lines, f"  note: {stamp}"] if stamp else lines


def taught_words(found: Figures) -> list[str]:
    """Return what is said of documents that a variant learned from; nothing where there are none."""
    said = []
    if found.left_out:
        what = (
            "1 document of the set is"
            if found.left_out == 1
            else f"{found.left_out} documents of the set are"
        )
        said.append(f"{what} not scored: learned from, or from its like")
    if found.unlisted:
        names = " and ".join(found.unlisted)
        said.append(
            f"what {names} learned from is not on record: some of it may be scored here, and flatter it "
            "(a model that is trained again says)"
        )
    return said


def rate_words(rate: Rate) -> str:
    """Return ``97.6% [95.1, 98.9]  n=240 (eff 118)``."""
    if rate.value is None:
        return "nothing to count"
    interval = f"[{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
    counted = f"{rate.documents} docs, {rate.cells} counted (eff {rate.effective:.0f})"
    return f"{100 * rate.value:5.1f}% {interval:<14} {counted}"
