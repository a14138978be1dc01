"""A trace as a tree for the terminal; plain and coloured output say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.outline import Node, Outline, Tone, joined, tree_lines
from ops.outline_fields import decision_nodes, field_nodes, revision_nodes, routing_nodes, rule_nodes
from ops.outline_stages import stage_nodes
from ops.outline_steps import asked_nodes
from ops.story import ChildStory, DeadLetterStory, RunLine, RunStory, State, SubmissionStory, Trace
from ops.visible import shown
from ops.words import moment, number_of_bytes, several, short, spoken

if TYPE_CHECKING:
    from rich.tree import Tree

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

_STYLES: dict[Tone, str] = {"plain": "", "good": "green", "doubt": "yellow", "bad": "red", "quiet": "dim"}


def trace_text(trace: Trace, *, full: bool = False) -> str:
    """Return the trace as plain text; equal traces give equal text.

    Args:
        trace: As loaded; for ``full`` it must have been loaded in full.
        full: Also every step, certificate and alternative, what the models were given, what they said.
    """
    told = outline(trace, full=full)
    return "\n".join((told.headline, *tree_lines(told.lines))) + "\n"


def trace_rich(trace: Trace, *, full: bool = False) -> Tree:
    """Return the same tree for a terminal, coloured and wrapped inside its guides."""
    from rich.text import Text
    from rich.tree import Tree as RichTree

    told = outline(trace, full=full)
    tree = RichTree(Text(told.headline, style=f"bold {_STYLES[told.tone]}"), guide_style="dim")
    _grow(tree, told.lines)
    return tree


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
    nodes += [Node("packet", f"part of document {trace.parent}")] if trace.parent else []
    nodes += [_submission(submission) for submission in trace.submissions]
    if trace.run is not None:
        nodes.append(_run(trace.run, len(trace.other_runs) + trace.runs_left_out + 1))
    return tuple(nodes)


def _others(trace: Trace) -> tuple[Node, ...]:
    nodes = [_dead_letter(letter) for letter in trace.dead_letters]
    nodes += _children(trace.children, trace.children_left_out)
    nodes += [_other_run(line) for line in trace.other_runs]
    if trace.runs_left_out:
        nodes.append(Node("older runs", f"{several(trace.runs_left_out, 'run')} not shown", "quiet"))
    return tuple(nodes)


def _grow(tree: Tree, nodes: Sequence[Node]) -> None:
    from rich.text import Text

    width = max((len(node.label) for node in nodes), default=0)
    for node in nodes:
        label = node.label.ljust(width) + "  " if width else ""
        style = _STYLES[node.tone]
        line = Text.assemble((label, style or "bold"), (node.text, style))
        for quoted in node.verbatim:
            line.append(f"\n   {quoted}", style="dim")
        _grow(tree.add(line), node.children)


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


def _run(run: RunStory, count: int) -> Node:
    pin = run.pin
    generated = (
        "accepts certificates on generated samples" if pin and pin.accept_generated_certificates else None
    )
    release = f"release {short(pin.release_digest)}" if pin else "its manifest can't be read"
    began = f"began {moment(run.started_at)}" if run.started_at else None
    place = f"{run.number} of {count}"
    return Node("run", joined(run.run_id, place, cause_words(run), began, release, generated))


def cause_words(run: RunStory) -> str:
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
            f"{child.document_id[:12]} · {child.headline}",
            _TONES[child.state],
            tuple(_children(child.children, 0)),
        )
        for child in children
    ]
    return nodes + (
        [Node("parts", f"{several(left_out, 'more part')} not shown", "quiet")] if left_out else []
    )


def _other_run(line: RunLine) -> Node:
    last = f"last event {moment(line.last_event_at)}" if line.last_event_at else None
    cause = "first run" if line.cause == "first" else f"cause {line.cause}"
    return Node(
        f"run {line.number}",
        joined(line.run_id, spoken(line.state.value), cause, f"release {short(line.release_digest)}", last),
        "quiet",
    )
