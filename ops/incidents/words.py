"""Incidents and promises in words: the list, the page of one, the retrospective to be filled in."""

from __future__ import annotations

from datetime import datetime

from ops.incidents.keeping import Incident
from ops.incidents.timeline import Account
from ops.slo import ALL, Objective
from ops.words import duration, minute, several, shown

_MARKS = {True: "ok  ", False: "MISS", None: "–   "}
_BROKEN = {
    "availability": "documents came out later than promised, or not yet",
    "completeness": "declared fields are missing or could not be told",
    "rows": "tables contradict what is printed of them",
    "accuracy": "accepted values were found wrong by people",
}
"""What is counted against a promise, behind how many of how many."""
_NEXT = {
    "availability": "doctrail status and doctrail dlq list say what waits; docs/runbooks/budget-burns.md",
    "freshness": "does anything come in, and out? doctrail status; docs/runbooks/nothing-comes-in.md",
    "completeness": "doctrail audit says which fields since when; docs/runbooks/audit-found.md",
    "rows": "doctrail audit says which rules break since when; docs/runbooks/audit-found.md",
    "accuracy": "doctrail audit says which fields since when; docs/runbooks/audit-found.md",
    "time to recovery": "doctrail incident report N asks what would have shown it sooner; "
    "what is over: doctrail incident close N CAUSE",
}


def slo_lines(found: list[Objective], *, days: float, until: datetime) -> list[str]:
    """Return every promise with its budget, and of each broken one how much, since when, and what to do.

    Args:
        found: The promises.
        days: The window they are held against.
        until: Its end.
    """
    lines = [f"the {days:g} days until {minute(until)}; burnt at 1 ×, a budget lasts exactly as long", ""]
    return [*lines, *_table(found), *_broken_lines(found), *_exhausted_lines(found)]


def _table(found: list[Objective]) -> list[str]:
    rows = [("", "PROMISE", "SCOPE", "TARGET", "REACHED", "BUDGET LEFT", "BURN, 7 DAYS", "OWNER")]
    told = [one for one in found if one.scope == ALL or one.holds is False or (one.burn or 0) > 1]
    for one in told:
        left = "–" if one.left is None else f"{100 * one.left:.0f} %" if one.left > 0 else "EXHAUSTED"
        burn = "–" if one.burn is None else f"{one.burn:.1f} ×"
        value = one.value or "nothing known"
        rows.append((_MARKS[one.holds], one.name, one.scope, one.target, value, left, burn, one.owner))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    rest = [one for one in found if one not in told]
    if rest:
        kept = sum(one.holds is True for one in rest)
        lines += [
            "",
            f"of types: {kept} more kept, {len(rest) - kept} not known yet (--json has all)",
        ]
    return lines


def _broken_lines(found: list[Objective]) -> list[str]:
    """Return what is to be known of each broken promise; that of a type only where the whole keeps it."""
    lines: list[str] = []
    told: set[str] = set()
    for one in (each for each in found if each.holds is False and each.name not in told):
        told.add(one.name)
        said = one.value or ""
        if one.name in _BROKEN:
            said = f"{one.bad} of {one.cases} {_BROKEN[one.name]}"
        if one.first is not None and one.last is not None:
            said += f"; of documents that came in from {minute(one.first)} to {minute(one.last)}"
        lines += ["", f"{one.name} of {one.scope}: {said}", f"  → {_NEXT[one.name]}"]
    return lines


def _exhausted_lines(found: list[Objective]) -> list[str]:
    gone = [f"{one.name} of {one.scope}" for one in found if one.exhausted]
    return (
        ["", f"no budget is left for {', '.join(gone)}: promote wants --despite-budget REASON"]
        if gone
        else []
    )


def incident_lines(found: list[Incident]) -> list[str]:
    """Return the incidents, the newest first."""
    if not found:
        return ["no incident was ever opened: doctrail incident open TITLE"]
    lines = []
    for one in reversed(found):
        end = f"recovered in {duration(one.recovery.total_seconds())}" if one.recovery is not None else "OPEN"
        lines.append(f"{one.number:>4}  {minute(one.began)}  {shown(one.title, 80)}  {end}")
    return lines


def report_lines(account: Account) -> list[str]:
    """Return the retrospective: what is on record, and what people are to fill in. Nobody is to blame."""
    one = account.incident
    lasted = duration((account.until - one.began).total_seconds())
    late = duration(max((one.opened.at - one.began).total_seconds(), 0))
    end = minute(account.until) if one.closed else "now, still open"
    opened = f"severity {one.opened.severity}; opened by {shown(one.opened.by)} {late} after damage began"
    return [
        f"# Incident {one.number}: {shown(one.title, 160)}",
        "",
        f"{minute(one.began)} to {end} ({lasted}); {opened}",
        "",
        "## What it did",
        "",
        f"- {several(account.came, 'document')} came in meanwhile; {account.undone} still not done",
        *(
            f"- {several(count, 'message')} given up: {shown(why, 80)}"
            for why, count in sorted(account.deaths.items())
        ),
        *([] if account.deaths else ["- no message was given up"]),
        "",
        "## What happened (drafted from alerts, registry, dead letters and notes)",
        "",
        *(f"- {minute(moment.at)}  {shown(moment.what, 160)}" for moment in account.moments),
        "",
        "## Why it was possible",
        "",
        f"- {shown(one.closed.text, 400) if one.closed else '(not known yet)'}",
        f"- {several(account.changes, 'change')} of what is live from a day before it began on (see above)",
        "- What made it look right to everybody who acted? (people act on what they can see)",
        "- What would have shown it earlier? Which alert, which gate, which test?",
        "",
        "## What went well, what was luck",
        "",
        "-",
        "",
        "## What changes now (each with an owner and a day)",
        "",
        "- [ ] the test or alert that catches it next time, and the planted fault that proves it:",
        "- [ ] what makes it impossible, or harmless:",
        "- [ ] the runbook that was missing or wrong:",
    ]
