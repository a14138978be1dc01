"""Model card, validation report and sign-off sheet: from what is on record, gaps for people left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doctypes.definition import DocType
from evals.registry.history import Step, TypeStanding
from evals.words.history import evidence_words
from schemas.certificates import Certificates
from store.lineages import ModelLineage

OPEN = "**to be filled in by a person:** ______________________"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is on record about a live variant.

    Attributes:
        runs: ``run.json`` of evaluations of this variant, as kept.
        steps: Entries of the registry that changed the type.
    """

    standing: TypeStanding
    doc_type: DocType
    model: str
    certificates: Certificates | None
    lineage: ModelLineage | None
    runs: Sequence[Mapping[str, Any]]
    steps: Sequence[Step]
    now: datetime


def card(facts: Facts) -> str:
    """Return the model card: inventory, purpose, data, figures, limits."""
    one = facts.standing
    lines = [
        f"# Model card: {facts.doc_type.title} ({one.doc_type}@{one.bundle.digest[:8]})",
        "",
        f"Written {facts.now:%Y-%m-%d %H:%M} UTC from the registry, the eval runs and the certificates.",
        "",
        "## Inventory",
        "",
        f"* variant: `{one.bundle.digest}`, read by `{facts.model}`",
        f"* parts: {_parts(facts)}",
        (
            f"* live since {one.since.statement.at:%Y-%m-%d %H:%M} UTC, {one.since.statement.mark} by "
            f"{one.since.statement.by} (registry entry {one.since.number})"
        ),
        f"* owner: {OPEN}",
        "",
        "## Intended use",
        "",
        f"Reads {facts.doc_type.title.lower()} documents: {facts.doc_type.description}",
        f"Out of scope, and why: {OPEN}",
        "",
        "## Data",
        "",
        *_data(facts),
        "",
        "## Figures",
        "",
        *_figures(facts),
        "",
        "## Certificates",
        "",
        *_certificates(facts),
        "",
        "## Limits",
        "",
        *_limits(facts),
        f"* further limits known to its users: {OPEN}",
    ]
    return "\n".join(lines) + "\n"


def validation_report(facts: Facts) -> str:
    """Return the validation report: on what evidence the variant went live."""
    one = facts.standing
    lines = [
        f"# Validation report: {one.doc_type}@{one.bundle.digest[:8]}",
        "",
        f"* decided: {evidence_words(one.since)}",
        f"* by {one.since.statement.by}, {one.since.statement.at:%Y-%m-%d %H:%M} UTC",
        f"* code: {_code(facts)}",
        f"* evidence: {', '.join(f'`{e[:12]}`' for e in one.since.statement.evidence) or 'none on record'}",
        f"* would be rolled back to: `{one.back_to or 'nothing'}`",
        "",
        "## Figures on record",
        "",
        *_figures(facts),
        "",
        "## History of this type",
        "",
        *[
            f"* entry {step.entry.number}, {step.entry.statement.at:%Y-%m-%d}: {evidence_words(step.entry)}"
            for step in facts.steps
        ],
        "",
        "## Assessment",
        "",
        f"* conceptual soundness: {OPEN}",
        f"* findings and remediation: {OPEN}",
        f"* validator, independent of the developer: {OPEN}",
        f"* date: {OPEN}",
    ]
    return "\n".join(lines) + "\n"


def sign_off(facts: Facts) -> str:
    """Return the sheet that a person signs."""
    one = facts.standing
    lines = [
        f"# Sign-off: {one.doc_type}@{one.bundle.digest[:8]}",
        "",
        (
            f"Recorded: {evidence_words(one.since)}; entry {one.since.number} of the registry, "
            f"hash `{one.since.hash[:16]}`."
        ),
        "",
        "| | |",
        "|---|---|",
        f"| recorded approver | {one.since.statement.by} |",
        f"| name and role of who signs | {OPEN} |",
        f"| decision | approve / approve with conditions / reject: {OPEN} |",
        f"| conditions | {OPEN} |",
        f"| date | {OPEN} |",
        f"| signature | {OPEN} |",
    ]
    return "\n".join(lines) + "\n"


def _parts(facts: Facts) -> str:
    parts = sorted(facts.standing.bundle.parts.items())
    return ", ".join(f"`{name}` {ref.sha256[:12]}" for name, ref in parts)


def _code(facts: Facts) -> str:
    lineage = facts.standing.since.statement.lineage
    return (lineage.code if lineage else "") or "not on record"


def _data(facts: Facts) -> list[str]:
    lineage = facts.lineage
    if lineage is None:
        return [
            "* the documents are not on record; the card in the type's folder names the labelled data",
            "* figures below may count some of them",
        ]
    documents = len({one.document_id for one in lineage.learned_from})
    said = (
        f"* {len(lineage.learned_from)} decisions of people on {documents} documents of the training "
        f"pool (list `{lineage.digest[:12]}`; `doctrail registry lineage` names each)"
    )
    return [
        said if lineage.learned_from else "* no decisions of people",
        *[f"* labelled set `{one[:12]}`" for one in lineage.data],
        *([f"* {len(lineage.base)} documents of these sets"] if lineage.base else []),
        "* no figure below counts any of these documents, nor any of their families",
    ]


def _figures(facts: Facts) -> list[str]:
    if not facts.runs:
        return ["no evaluation of this variant is on record: `doctrail eval run`"]
    lines = [
        "| set | documents | required fields right | critical fields | made up | accepted, wrong | AUROC |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in facts.runs:
        found = run["figures"]
        routing = found["routing"]
        auroc = "–" if routing["auroc"] is None else f"{routing['auroc']:.3f}"
        lines.append(
            f"| `{run['set'][:12]}`{' (biased)' if run.get('stamp') else ''} | {found['documents']} | "
            f"{_rate(found['exact'])} | {_rate(found['critical'])} | {_rate(found['fabricated'])} | "
            f"{_rate(routing['accepted_error'])} | {auroc} |"
        )
    return lines


def _rate(rate: Mapping[str, Any]) -> str:
    if rate["value"] is None:
        return "–"
    return f"{100 * rate['value']:.1f}% [{100 * rate['low']:.1f}, {100 * rate['high']:.1f}]"


def _certificates(facts: Facts) -> list[str]:
    if facts.certificates is None:
        return ["none: every field goes to a person"]
    lines = [
        "| field | accepted from | error at most | decisions | basis | population |",
        "|---|---|---|---|---|---|",
    ]
    for one in facts.certificates.certificates:
        threshold = "never" if one.threshold is None else f"{one.threshold:.2f}"
        if one.field in facts.standing.revoked:
            threshold = "revoked"
        lines.append(
            f"| {one.field} | {threshold} | {one.bound:.1%} | {one.decisions} ({one.errors} wrong) | "
            f"{one.basis} | {one.population} |"
        )
    return lines


def _limits(facts: Facts) -> list[str]:
    revoked = [
        f"* {field}: certificate revoked, {why}" for field, why in sorted(facts.standing.revoked.items())
    ]
    never = (
        [one.field for one in facts.certificates.certificates if one.threshold is None]
        if facts.certificates
        else []
    )
    uncertified = [f"* never accepted without a person: {', '.join(never)}"] if never else []
    stamped = sorted({run["stamp"] for run in facts.runs if run.get("stamp")})
    return revoked + uncertified + [f"* {stamp}" for stamp in stamped]
