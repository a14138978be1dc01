"""The whole trace as labelled lines, by what an engineer looks for; text and HTML are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.trace.story import (
    ChildStory,
    DeadLetterStory,
    OriginStory,
    OverwrittenStory,
    RunLine,
    RunStory,
    State,
    SubmissionStory,
    Trace,
)
from ops.trace.views.fields import decision_nodes, field_nodes, revision_nodes, routing_nodes, rule_nodes
from ops.trace.views.stages import stage_nodes
from ops.trace.views.steps import asked_nodes
from ops.words import moment, number_of_bytes, page_range, several, short, shown, spoken
from ops.words.tree import Node, Tone, joined

_TONES: dict[State, Tone] = {
    State.ACCEPTED: "good",
    State.SPLIT: "good",
    State.REJECTED: "bad",
    State.DEAD_LETTERED: "bad",
    State.PARTIAL: "doubt",
    State.IN_REVIEW: "doubt",
    State.ON_ITS_WAY: "doubt",
    State.WITHDRAWN: "quiet",
    State.SUPERSEDED: "quiet",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole tree, by what an engineer looks for; every line of the trace is in one of its parts.

    Attributes:
        facts: What the document is, where it came from, and what is wrong with its objects.
        stages: What each stage did.
        fields: The record's fields with their evidence.
        rules: Each rule's verdict.
        routing: The arithmetic.
        people: Decisions and revisions.
        others: Dead letters, parts of a packet, other runs.
        quoted: What the models were given and said.
        ending: Where the document is now and what happens next.
    """

    headline: str
    tone: Tone
    facts: tuple[Node, ...]
    stages: tuple[Node, ...]
    fields: tuple[Node, ...]
    rules: tuple[Node, ...]
    routing: tuple[Node, ...]
    people: tuple[Node, ...]
    others: tuple[Node, ...]
    quoted: tuple[Node, ...]
    ending: tuple[Node, ...]

    @property
    def lines(self) -> tuple[Node, ...]:
        """Every part in the order it is printed."""
        parts = (self.facts, self.stages, self.fields, self.rules, self.routing, self.people, self.others)
        return tuple(node for part in (*parts, self.quoted, self.ending) for node in part)


def outline(trace: Trace, *, full: bool) -> Outline:
    """Return the whole tree."""
    run = trace.run
    return Outline(
        headline=trace.headline,
        tone=_TONES[trace.state],
        facts=_facts(trace),
        stages=stage_nodes(run, full=full) if run else (),
        fields=field_nodes(run.record, run.extraction, full=full) if run else (),
        rules=rule_nodes(run.record) if run else (),
        routing=(*routing_nodes(run, full=full), *_duplicates(run)) if run else (),
        people=(*decision_nodes(trace, full=full), *revision_nodes(trace)),
        others=_others(trace),
        quoted=asked_nodes(run) if run and full else (),
        ending=(Node("now", shown(trace.now, None)), Node("next", shown(trace.next, None))),
    )


def _facts(trace: Trace) -> tuple[Node, ...]:
    nodes = [Node("document", joined(trace.document_id, *_original(trace)))]
    nodes += [_problem(problem.key, problem.sentence) for problem in trace.problems]
    if trace.origin is not None:
        nodes.append(Node("packet", joined(f"part of document {trace.origin.parent}", *_place(trace.origin))))
    nodes += [_submission(submission) for submission in trace.submissions]
    nodes += [overwritten_node(one) for one in trace.overwritten]
    if trace.run is not None:
        nodes.append(_run(trace.run, len(trace.other_runs) + trace.runs_left_out + 1))
    return tuple(nodes)


def _others(trace: Trace) -> tuple[Node, ...]:
    nodes = [_dead_letter(letter) for letter in trace.dead_letters]
    nodes += _children(trace.children, trace.children_left_out)
    nodes += _left_out(trace.run)
    nodes += [_other_run(line) for line in trace.other_runs]
    if trace.runs_left_out:
        nodes.append(Node("older runs", f"{several(trace.runs_left_out, 'run')} not shown", "quiet"))
    return tuple(nodes)


def _original(trace: Trace) -> tuple[str | None, ...]:
    found = trace.run.classification if trace.run else None
    sizes = [s.size for s in trace.submissions] or ([trace.original.size] if trace.original else [])
    return (
        found.media_type if found else None,
        number_of_bytes(sizes[0]) if sizes else None,
        f"family {trace.family[:12]}" if trace.family and trace.family != trace.document_id else None,
    )


def _problem(key: str, sentence: str) -> Node:
    return Node("PROBLEM", f"{key} {sentence}", "bad")


def _submission(submission: SubmissionStory) -> Node:
    name = f"as “{shown(submission.name)}”" if submission.name else None
    place = f"from {shown(submission.place)}" if submission.place else None
    who = f"submission {submission.submission_id}"
    return Node("submitted", joined(moment(submission.at), name, place, who))


def overwritten_node(one: OverwrittenStory) -> Node:
    """Return that something else lay under a uri of the document before."""
    gone = f"another object was announced under {shown(one.uri)} and gone before it was read"
    return Node("overwritten", joined(moment(one.at), gone, f"submission {one.submission_id}"), "quiet")


def _run(run: RunStory, count: int) -> Node:
    pin = run.pin
    generated = (
        "accepts certificates on generated samples" if pin and pin.accept_generated_certificates else None
    )
    release = f"release {short(pin.release_digest)}" if pin else "its manifest can't be read"
    began = f"began {moment(run.started_at)}" if run.started_at else None
    place = f"{run.number} of {count}"
    return Node("run", joined(run.run_id, place, _cause_words(run), began, release, generated))


def _cause_words(run: RunStory) -> str:
    """Return why a run was opened."""
    return "first run" if run.cause_kind == "first" else f"{run.cause_kind} {run.cause}"


def _duplicates(run: RunStory) -> list[Node]:
    found = run.record.duplicates if run.record else ()
    return [
        Node("duplicate?", f"document {document} has the same business key", "doubt") for document in found
    ]


def _dead_letter(letter: DeadLetterStory) -> Node:
    stands = "open" if letter.open else "sent again" if letter.redriven else "handled since"
    head = joined(moment(letter.at), f"at {letter.agent}", spoken(letter.error_class), stands)
    return Node(
        "dead letter",
        head,
        "bad" if letter.open else "quiet",
        (
            Node("reason", joined(shown(letter.reason), shown(letter.sentence, None))),
            Node("heard", f"{letter.topic} {letter.partition}@{letter.offset} · event {letter.event_id}"),
            Node("tries", str(letter.attempts)),
        ),
    )


def _children(children: Sequence[ChildStory], left_out: int) -> list[Node]:
    nodes = [
        Node(
            "part",
            joined(child.document_id[:12], *_place(child), child.headline),
            _TONES[child.state],
            tuple(_children(child.children, 0)),
        )
        for child in children
    ]
    return nodes + (
        [Node("parts", f"{several(left_out, 'more part')} not shown", "quiet")] if left_out else []
    )


def _left_out(run: RunStory | None) -> list[Node]:
    found = run.classification.left_out if run and run.classification else ()
    return [
        Node(
            "left out",
            joined(
                f"“{shown(one.name, 60)}”" if one.name else None,
                one.media_type,
                None if one.size is None else number_of_bytes(one.size),
                one.why,
            ),
            "quiet",
        )
        for one in found
    ]


def _place(part: ChildStory | OriginStory) -> tuple[str | None, ...]:
    """Return how a packet calls a part, and its pages."""
    name = f"“{shown(part.name, 60)}”" if part.name else None
    return (name, None if part.pages is None else page_range(part.pages))


def _other_run(line: RunLine) -> Node:
    last = f"last event {moment(line.last_event_at)}" if line.last_event_at else None
    cause = "first run" if line.cause == "first" else f"cause {line.cause}"
    return Node(
        f"run {line.number}",
        joined(line.run_id, spoken(line.state.value), cause, f"release {short(line.release_digest)}", last),
        "quiet",
    )
