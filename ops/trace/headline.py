"""The one sentence that matters, where the document is now, and what happens next; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ops.trace.story import ChildStory, DeadLetterStory, RevisionStory, RunStory, State, Trace
from ops.words import duration, minute, several, shown, spoken
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.results import FieldDecision, Record, RecordField, Verdict

MOST_REASONS = 4
"""Doubts named in the first line; the others are counted."""

DUPLICATE = "possible duplicate of"

MOST_NAMES = 3
"""Fields or rules named in one doubt; the others are counted."""


def told(trace: Trace) -> Trace:
    """Return ``trace`` with its headline, and with where it is now and what happens next."""
    headline = _headline(trace)
    if trace.problems:
        verb = "is" if len(trace.problems) == 1 else "are"
        headline += f" · {several(len(trace.problems), 'object')} {verb} missing or corrupt"
    return trace.model_copy(update={"headline": headline, "now": _now(trace), "next": _next(trace)})


def doubts(record: Record) -> list[str]:
    """Return why a record waits for a person, in the shortest form: rules, fields, anything else.

    Fields that wait for the same reason are named together.
    """
    own = {f"{one.field.name}: {reason}" for one in record.fields for reason in one.reasons}
    found = [shown(r, 80) for r in record.reasons if r not in own and not r.startswith(DUPLICATE)]
    broken = [spoken(rule.rule) for rule in record.rules if rule.verdict is Verdict.BROKEN]
    found += [f"{_some(broken)} {'is' if len(broken) == 1 else 'are'} broken"] if broken else []
    alike: dict[str, list[str]] = {}
    for field in record.fields:
        reason = _doubt(field)
        if reason is not None:
            alike.setdefault(reason, []).append(field.field.name)
    found += [f"{_some(names)}{reason}" for reason, names in alike.items()]
    if record.duplicates:
        found.append(f"{DUPLICATE} {record.duplicates[0][:12]}")
    return found


def _doubt(field: RecordField) -> str | None:
    """Return what to say after the field's name, or None where nothing has to be said of it."""
    if field.decision is FieldDecision.CANNOT_TELL:
        return ": cannot tell"
    # A broken rule is named once, not again for each field that it read.
    reasons = [reason for reason in field.reasons if not reason.startswith("rule ")]
    if field.decision is not FieldDecision.REVIEW or (field.reasons and not reasons):
        return None
    comparison = field.arithmetic.split("→")[0].split("(")[0].strip(" ,;")
    if "<" in comparison and ";" not in comparison:
        return f" {shown(comparison, 60)}"
    if "certified" in comparison and ";" not in comparison:
        return f" {shown(comparison.partition(', ')[2] or comparison, 60)}"
    return f": {shown(reasons[0], 60)}" if reasons else f" {shown(comparison, 60)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _headline(trace: Trace) -> str:
    run = trace.run
    letter = _open_death(trace)
    if letter is not None and trace.state is State.DEAD_LETTERED:
        return f"dead-lettered at {letter.agent}: {shown(letter.sentence)}"
    if run is None:
        return "on its way: submitted, waits for intake"
    match run.state:
        case State.IN_REVIEW:
            since = f" since {minute(run.since)}" if run.since else ""
            return f"waits for review{since}: {_listed(doubts(run.record) if run.record else [])}"
        case State.ON_ITS_WAY if trace.held is not None:
            held = trace.held
            return f"held by gate {held.gate} since {minute(held.at)}: {shown(held.reason, 120)}"
        case State.ON_ITS_WAY:
            since = f" since {minute(run.since)}" if run.since else ""
            return f"on its way: {_so_far(run)}, waits for {run.awaited}{since}{_failed_before(run)}"
        case State.REJECTED:
            return f"rejected: {rejection(run.record.reason if run.record else None)}{_took(run)}"
        case State.SPLIT:
            return f"split into {_parts(trace)}"
        case State.ACCEPTED | State.PARTIAL:
            return f"{run.state.value}: {_record_words(trace, run)}{_took(run)}"
    return _PLAIN[run.state]


def _parts(trace: Trace) -> str:
    """Return how many parts a packet has and where they stand, those of packets in it counted with it."""
    counted = Counter(_leaves(trace.children))
    where = ", ".join(f"{counted[state]} {spoken(state.value)}" for state in State if counted[state])
    more = f", {trace.children_left_out} more not looked at" if trace.children_left_out else ""
    return f"{counted.total() + trace.children_left_out}: {where}{more}"


def _leaves(children: Iterable[ChildStory]) -> Iterator[State]:
    for child in children:
        if child.state is State.SPLIT and child.children:
            yield from _leaves(child.children)
        else:
            yield child.state


_PLAIN = {
    State.WITHDRAWN: "withdrawn: the packet was split anew, and this part is no longer in it",
    State.SUPERSEDED: "superseded: a newer run took the document over",
    State.DEAD_LETTERED: "dead-lettered: the dead letter can't be read",
}


def rejection(reason: str | None) -> str:
    """Return the sentence of a reject reason code; another reason is returned as it is."""
    if reason is None:
        return "no reason was recorded"
    if reason in REJECT_SENTENCES:
        return REJECT_SENTENCES[RejectReason(reason)]
    return shown(reason)


def _record_words(trace: Trace, run: RunStory) -> str:
    record = run.record
    if record is None:
        return "the record can't be read"
    parts = [spoken(record.doc_type)]
    revision = standing(trace.revisions)
    if revision is not None:
        parts.append(f"revision {revision.number}")
    coverage = record.coverage
    parts.append(f"{coverage.with_value} of {several(coverage.declared, 'field')}")
    by_people = sum(field.decision is FieldDecision.HUMAN for field in record.fields)
    if by_people:
        parts.append(f"{by_people} decided by a person")
    if coverage.missing:
        parts.append(f"missing {', '.join(coverage.missing[:MOST_REASONS])}")
    if coverage.cannot_tell:
        parts.append(f"cannot tell {', '.join(coverage.cannot_tell[:MOST_REASONS])}")
    return ", ".join(parts)


def standing(revisions: Sequence[RevisionStory]) -> RevisionStory | None:
    """Return the revision that stands, if any."""
    return max(revisions, key=lambda revision: revision.number, default=None)


def _took(run: RunStory) -> str:
    if run.started_at is None or run.ended_at is None:
        return ""
    return f", in {duration((run.ended_at - run.started_at).total_seconds())}"


def _listed(reasons: Sequence[str]) -> str:
    if not reasons:
        return "no reason was recorded"
    more = len(reasons) - MOST_REASONS
    # A doubt about several fields has commas of its own.
    between = "; " if any("," in reason for reason in reasons) else ", "
    return between.join(reasons[:MOST_REASONS]) + (f"{between}{more} more" if more > 0 else "")


def _so_far(run: RunStory) -> str:
    if run.reviews:
        return "decided by a person"
    if run.extraction is not None:
        return (
            f"{several(len(run.extraction.fields), 'field')} of {spoken(run.extraction.doc_type)} extracted"
        )
    if run.classification is not None:
        return f"classified as {spoken(run.classification.doc_type)}"
    return "submitted" if any(story.outcomes for story in run.stages) else "a run is opened"


def _failed_before(run: RunStory) -> str:
    failed = [
        attempt
        for story in run.stages
        if story.stage == run.awaited and not story.outcomes
        for attempt in story.attempts
        if attempt.ended == "failed"
    ]
    if not failed:
        return ""
    last = shown(failed[-1].error or "no reason was recorded", 120)
    return f"; {several(len(failed), 'attempt')} failed, last: {last}"


def _open_death(trace: Trace) -> DeadLetterStory | None:
    return next((letter for letter in reversed(trace.dead_letters) if letter.open), None)


def _now(trace: Trace) -> str:
    run, letter, stands = trace.run, _open_death(trace), standing(trace.revisions)
    kept = f"; revision {stands.number} ({stands.status.value}) stands meanwhile" if stands else ""
    if letter is not None and trace.state is State.DEAD_LETTERED:
        return f"in dead_letters as {letter.event_id}{kept}"
    if run is None:
        return "in the inbox, in no run yet"
    match run.state:
        case State.IN_REVIEW:
            return f"in the review queue as {run.reviews[-1]}{kept}"
        case State.ON_ITS_WAY if trace.held is not None:
            return f"held by gate {trace.held.gate}{kept}"
        case State.ON_ITS_WAY:
            return f"on {run.waits_on}, waiting for {run.awaited}{kept}"
        case State.SUPERSEDED:
            return f"this run is closed; revision {stands.number} stands" if stands else "this run is closed"
    if run.state is State.SPLIT:
        open_parts = sum(state is State.ON_ITS_WAY for state in _leaves(trace.children))
        return f"split; {several(open_parts, 'part')} on the way" if open_parts else "split; every part rests"
    return f"done: revision {stands.number} stands" if stands else "done"


def _next(trace: Trace) -> str:
    run, letter = trace.run, _open_death(trace)
    if letter is not None and trace.state is State.DEAD_LETTERED:
        return f"nothing by itself; once the cause is mended: doctrail dlq redrive {letter.event_id}"
    if trace.held is not None:
        return f"a person lets it go on: doctrail gates release {trace.held.gate}"
    if run is None or run.state is State.ON_ITS_WAY:
        return f"{run.awaited if run else 'intake'} takes it up as soon as doctrail run is working"
    if run.state is State.IN_REVIEW:
        return (
            f"a person decides: doctrail reviews decide {run.reviews[-1]} --file F; "
            "validation then writes the next revision"
        )
    return _AFTERWARDS.get(run.state, "nothing")


_AFTERWARDS = {
    State.REJECTED: "nothing; a corrected copy is a new document: doctrail submit FILE",
    State.PARTIAL: "nothing by itself; once what failed works again: doctrail submit --force FILE",
    State.SPLIT: "each part goes its own way; the packet is complete when they are",
}
