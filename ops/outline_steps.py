"""The single steps of an attempt, and what the models were given and said."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ops.outline import Node, joined
from ops.story import RunStory
from ops.visible import shown, visible_lines
from ops.words import abridged, duration
from store.trail import Step

_ALWAYS = ("tool",)
"""Kinds of steps that even a short trace tells; what the others did is told elsewhere in the tree."""


def step_nodes(steps: Sequence[Step], *, full: bool) -> list[Node]:
    """Return the steps of an attempt in order; in a short trace only the tool calls."""
    return [_step(step, full=full) for step in steps if full or step.kind in _ALWAYS]


def asked_nodes(run: RunStory) -> tuple[Node, ...]:
    """Return what the models were given, and their raw replies, for a full trace."""
    nodes = []
    if run.asked is not None:
        title = "the document, in the form every model is given it"
        nodes.append(Node("given", title, children=_verbatim(run.asked)))
    for stage, reply in run.replies.items():
        nodes.append(Node("replied", f"to {stage}, raw", children=_verbatim(pretty(reply))))
    return tuple(nodes)


def pretty(reply: object) -> str:
    """Return JSON data on several lines, always in the same order."""
    return json.dumps(reply, indent=2, ensure_ascii=False, sort_keys=True)


def facts(step: Step, limit: int | None) -> tuple[str, dict[str, str]]:
    """Return a step's short facts on one line, and its long texts by name."""
    long = {n: v for n, v in step.data.items() if isinstance(v, str) and "\n" in v}
    plain = [
        f"{shown(name)} {_fact(value, limit)}"
        for name, value in sorted(step.data.items())
        if value is not None and name not in long
    ]
    return ", ".join(plain), long


def _step(step: Step, *, full: bool) -> Node:
    plain, long = facts(step, None if full else 80)
    timing = f"+{step.at:.3f} s" + (f" for {duration(step.seconds)}" if step.seconds else "")
    children = tuple(Node(shown(name), children=_verbatim(text)) for name, text in sorted(long.items()))
    name = abridged(shown(step.name))
    return Node(step.kind, joined(name, plain, timing if full else None), "quiet", children if full else ())


def _fact(value: object, limit: int | None) -> str:
    if isinstance(value, str):
        return shown(value, limit)
    if isinstance(value, float):
        return f"{value:.4g}"
    return shown(json.dumps(value, ensure_ascii=False, sort_keys=True), limit)


def _verbatim(text: str) -> tuple[Node, ...]:
    return tuple(Node("", line, "quiet") for line in visible_lines(text))
