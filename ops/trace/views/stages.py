"""The stages' part of the tree: what each found, then how: attempts, events, references, retries, steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ops.trace.story import OutcomeStory, RunStory, SentMessage, StageStory, State
from ops.trace.views.findings import finding_nodes, summary
from ops.trace.views.steps import step_nodes
from ops.words import clock, dollars, duration, number_of_bytes, several, short, shown
from ops.words.tree import Node, Tone, joined
from schemas.objects import ObjectRef
from store import keys
from store.trail import AttemptRecord, TryRecord

_ENDED: dict[str, tuple[str, Tone]] = {
    "computed": ("computed in", "plain"),
    "reused": ("known already, found in", "plain"),
    "failed": ("failed after", "bad"),
}

_TOLD = ("route", "reason", "status", "revision", "supersedes", "review_id", "decision_id")
"""Payload entries worth a word; the others are references that are listed as read and written."""


def stage_nodes(run: RunStory, *, full: bool) -> tuple[Node, ...]:
    """Return one node per stage that did something, and one for the stage that is awaited."""
    nodes = [_stage(run, story, full=full) for story in run.stages]
    did_something = {story.stage for story in run.stages}
    if run.state is State.ON_ITS_WAY and run.awaited and run.awaited not in did_something:
        nodes.append(Node(run.awaited, "awaited", "doubt"))
    return tuple(nodes)


def _stage(run: RunStory, story: StageStory, *, full: bool) -> Node:
    found = finding_nodes(run, story, full=full)
    said = summary(run, story)
    if len(story.attempts) == 1 and not story.attempts_left_out:
        attempt = story.attempts[0]
        tone = _ENDED[attempt.ended][1]
        how = _attempt(attempt, _outcome_of(story, attempt), full=full)
        return Node(story.stage, joined(said, _attempt_head(attempt, run.started_at)), tone, (*found, *how))
    return Node(
        story.stage,
        joined(said, _total(story)),
        "plain" if story.outcomes else "doubt",
        (*found, *_attempts(run, story, full=full)),
    )


def _total(story: StageStory) -> str:
    if not story.attempts:
        return "its trail is missing"
    costs = [attempt.cost for attempt in story.attempts]
    known = [cost for cost in costs if cost is not None]
    return joined(
        several(len(story.attempts) + story.attempts_left_out, "attempt"),
        duration(sum(attempt.seconds for attempt in story.attempts)),
        dollars(sum(known) if len(known) == len(costs) else None),
    )


def _attempts(run: RunStory, story: StageStory, *, full: bool) -> list[Node]:
    if not story.attempts:
        return [_sent(message, full=full) for outcome in story.outcomes for message in outcome.sent]
    nodes = [
        Node(
            f"attempt {attempt.attempt}",
            _attempt_head(attempt, run.started_at, named=False),
            _ENDED[attempt.ended][1],
            _attempt(attempt, _outcome_of(story, attempt), full=full),
        )
        for attempt in story.attempts
    ]
    if story.attempts_left_out:
        nodes.insert(0, Node("earlier", f"{several(story.attempts_left_out, 'attempt')} not shown", "quiet"))
    return nodes


def _outcome_of(story: StageStory, attempt: AttemptRecord) -> OutcomeStory | None:
    if attempt.ended == "failed":
        return None
    return next((o for o in story.outcomes if o.trigger == attempt.event_id), None)


def _attempt_head(attempt: AttemptRecord, day: datetime | None, *, named: bool = True) -> str:
    words, _ = _ENDED[attempt.ended]
    return joined(
        f"attempt {attempt.attempt}" if named else None,
        f"{words} {duration(attempt.seconds)}",
        dollars(attempt.cost),
        f"{attempt.tokens[0]} + {attempt.tokens[1]} tokens" if sum(attempt.tokens) else None,
        f"began {clock(attempt.started, day)}",
    )


def _attempt(attempt: AttemptRecord, outcome: OutcomeStory | None, *, full: bool) -> tuple[Node, ...]:
    nodes = [Node("error", shown(attempt.error, None), "bad")] if attempt.error else []
    nodes.append(
        Node(
            "heard",
            joined(
                attempt.dataschema.removeprefix("doctrail:"),
                f"partition {attempt.partition}, offset {attempt.offset}",
                f"event {_id(attempt.event_id, full=full)}",
            ),
            "quiet",
        )
    )
    nodes += _refs("read", attempt, attempt.inputs, full=full)
    nodes += _refs("wrote", attempt, attempt.outputs, full=full)
    nodes += _tries(attempt.tries)
    nodes += step_nodes(attempt.steps, full=full)
    nodes += [_sent(message, full=full) for message in outcome.sent] if outcome else []
    if outcome is not None and not outcome.sent:
        nodes.append(Node("sent", "nothing", "quiet"))
    if full and attempt.code_version:
        nodes.append(Node("code", shown(attempt.code_version), "quiet"))
    return tuple(nodes)


def _id(identity: str, *, full: bool) -> str:
    return identity if full else short(identity)


def _refs(label: str, attempt: AttemptRecord, refs: dict[str, ObjectRef], *, full: bool) -> list[Node]:
    if not refs:
        return []
    folder = f"{keys.document(attempt.document_id)}/"
    listed = sorted(refs.items())
    if not full:
        return [Node(label, joined(*(_ref(name, ref) for name, ref in listed)), "quiet")]
    return [
        Node(label, joined(_ref(name, ref), _within(folder, ref), f"sha256 {ref.sha256}"), "quiet")
        for name, ref in listed
    ]


def _within(folder: str, ref: ObjectRef) -> str:
    return f"…/{ref.uri.removeprefix(folder)}" if ref.uri.startswith(folder) else ref.uri


def _ref(name: str, ref: ObjectRef) -> str:
    return f"{shown(name)} {short(ref.sha256)} ({number_of_bytes(ref.size)})"


def _tries(tries: Sequence[TryRecord]) -> list[Node]:
    # A call that was answered at once is no news; every try of one that was not is.
    failing: set[str] = set()
    nodes = []
    for t in tries:
        again = t.call in failing
        if t.error or again:
            nodes.append(_try(t, "retried" if again else "tried"))
        (failing.add if t.error else failing.discard)(t.call)
    return nodes


def _try(t: TryRecord, label: str) -> Node:
    said = joined(
        f"{shown(t.call)}, try {t.number}",
        f"{'failed' if t.error else 'answered'} after {duration(t.seconds)}",
        shown(t.error) if t.error else None,
        f"waited {duration(t.waited)}" if t.waited else None,
    )
    return Node(label, said, "doubt" if t.error else "plain")


def _sent(message: SentMessage, *, full: bool) -> Node:
    facts = [f"{name} {message.data[name]}" for name in _TOLD if message.data.get(name) is not None]
    event = f"event {_id(message.event_id, full=full)}"
    return Node("sent", joined(message.dataschema.removeprefix("doctrail:"), *facts, event), "quiet")
