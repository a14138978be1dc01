"""The audit on one page: the one thing to mend first, then the four points, each finding in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ops.audit.backlog import AuditNote, age
from ops.audit.breakers import wait_lines
from ops.audit.checkup import Item
from ops.audit.figures import figure_lines
from ops.audit.finding import Family, Finding
from ops.audit.load import load_lines
from ops.audit.report import Audit, of_family
from ops.audit.walk import Walk
from ops.words import minute, several, short, shown

MOST_EACH = 5
"""Findings of each point that are told in full; the others are counted."""
MOST_SYMPTOMS = 3
MOST_FAILURES = 12
_QUESTIONS = {
    Family.DATA: "is what stands in the records what it was?",
    Family.MODEL: "does the model know what it knows?",
    Family.INFRASTRUCTURE: "is every stage as quick and as sure?",
    Family.HAND_OFFS: "does every message, and every alert, arrive in its shape?",
}


def audit_lines(found: Audit) -> list[str]:
    """Return an audit as one page."""
    seen = f"{several(found.documents, 'document')} since {found.since.date()}, {found.read} read in full"
    lines = [f"audit of {minute(found.at)}: {seen}", ""]
    if found.cold is not None:
        lines += _cold(found)
    if found.first is not None:
        lines += ["MEND FIRST", *_told(found.first, why=True), ""]
    elif found.cold is None:
        lines += ["nothing is out of the ordinary", ""]
    for number, family in enumerate(Family, start=1):
        lines += _family(number, family, found)
    if found.unreadable:
        lines += ["", f"{several(len(found.unreadable), 'object')} could not be read: doctrail verify --all"]
    return lines


def walk_lines(walked: list[Walk]) -> list[str]:
    """Return the walked records, for a person to hold against the page."""
    lines = ["", "walked back, for you to confirm (doctrail audit --verify records your answer)"]
    for walk in walked:
        lines.append(f"  {short(walk.document_id)}  {walk.doc_type}.{walk.field} = {shown(walk.value, 60)}")
        lines += [f"      {shown(step, 200)}" for step in walk.steps]
        if walk.broken is not None:
            lines.append(f"      BROKEN: {shown(walk.broken, 160)}")
    return lines if walked else []


def log_lines(notes: list[AuditNote]) -> list[str]:
    """Return the backlog: what stands, since when, and what went."""
    if not notes:
        return ["no audit was made yet: doctrail audit"]
    lines = []
    newest = notes[0]
    lines.append(f"backlog after the audit of {minute(newest.at)}: {several(len(newest.entries), 'finding')}")
    for entry in newest.entries:
        known = age(entry, newest.at)
        since = "new" if known == 0 else f"known for {several(known, 'day')}"
        lines.append(f"  {entry.damage:>9,.0f}  {entry.urgency}, {since}: {shown(entry.sentence, 140)}")
    lines += ["", "audits before"]
    for note in notes:
        gone = f", gone: {', '.join(note.gone)}" if note.gone else ""
        count = "no baseline yet" if note.cold else several(len(note.entries), "finding")
        lines.append(f"  {minute(note.at)}  {several(note.documents, 'document')}, {count}{shown(gone, 120)}")
    return lines


def checkup_lines(items: list[Item]) -> list[str]:
    """Return the weekly checkup."""
    marks = {True: "ok  ", False: "FAIL", None: "–   "}
    width = max(len(item.name) for item in items)
    lines = [f"{marks[item.holds]}  {item.name.ljust(width)}  {item.sentence}" for item in items]
    failed = [item for item in items if item.holds is False]
    unknown = sum(item.holds is None for item in items)
    if failed:
        end = f"{len(failed)} of {len(items)} FAILED: doctrail audit says what to mend"
    else:
        end = (
            f"nothing failed; {unknown} of {len(items)} can't be said yet" if unknown else "the week is sound"
        )
    return [*lines, "", end]


def audit_json(found: Audit) -> dict[str, Any]:
    """Return an audit for a program."""
    return {**found.model_dump(mode="json"), "first": found.first.key if found.first else None}


def _cold(found: Audit) -> list[str]:
    cold = found.cold
    if cold is None:
        return []
    had = f"{several(cold.days, 'day')} with {several(cold.documents, 'document')}"
    lines = [
        f"no baseline yet: {had} before the last week; at least 7 days with 40 are needed.",
        "Until then failures are counted, not compared; nothing made up stands in for a baseline.",
        "",
    ]
    for name, count in cold.failures[:MOST_FAILURES]:
        lines.append(f"  {count:>5}  {shown(name, 140)}")
    return [*lines, ""] if cold.failures else [*lines, "  no failure so far", ""]


def _family(number: int, family: Family, found: Audit) -> list[str]:
    some = [one for one in of_family(found, family) if one != found.first]
    head = f"{number} {family.value}: {_QUESTIONS[family]}"
    worth = [*_figures(family, found)]
    if not some:
        judged = found.cold is None or family is Family.HAND_OFFS
        also = " beside what is to be mended first" if found.first and found.first.family is family else ""
        return [f"{head} {'nothing' + also if judged else 'not judged yet'}", *worth]
    lines = [head, *worth]
    for one in some[:MOST_EACH]:
        lines += _told(one, why=False)
    rest = len(some) - MOST_EACH
    return [*lines, f"  and {rest} more: --json"] if rest > 0 else lines


def _figures(family: Family, found: Audit) -> Iterator[str]:
    if family is Family.MODEL:
        yield from figure_lines(found.figures)
    elif family is Family.INFRASTRUCTURE and found.load is not None:
        yield from load_lines(found.load)
        yield from wait_lines(found.waits)


def _told(one: Finding, *, why: bool) -> list[str]:
    since = f" since {one.since}" if one.since else ""
    counted = (
        f"{several(one.records, 'record')} × {one.field_cost:g} × {one.probability:.2f} = {one.damage:,.0f}"
    )
    lines = [f"  {shown(one.sentence, 200)}", f"    {one.urgency.value}{since}; damage {counted}"]
    if why:
        lines += [f"    {line}" for line in one.evidence]
        lines += [f"    see {', '.join(short(d) for d in one.documents)}"] if one.documents else []
    lines += [f"    so also: {shown(said, 160)}" for said in one.symptoms[:MOST_SYMPTOMS]]
    rest = len(one.symptoms) - MOST_SYMPTOMS
    lines += [f"    and {rest} more that follow from it"] if rest > 0 else []
    return [*lines, f"    → {shown(one.fix, 220)}"]
