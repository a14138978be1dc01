"""The single steps of an attempt, and what the models were given and said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ops.trace.story import RunStory
from ops.words import abridged, duration, short, shown, visible_lines
from ops.words.tree import Node, joined
from store.trail import Step

_ALWAYS = ("tool", "digitise")
"""Kinds of steps that even a short trace tells; what the others did is told elsewhere in the tree."""

_LONG = 200
"""Characters from which a text gets lines of its own."""


def step_nodes(steps: Sequence[Step], *, full: bool) -> list[Node]:
    """Return the steps of an attempt in order; in a short trace only tool calls and what a digitiser did."""
    return [_step(step, full=full) for step in steps if full or step.kind in _ALWAYS]


def asked_nodes(run: RunStory) -> tuple[Node, ...]:
    """Return what the models were given, and their raw replies, for a full trace."""
    nodes = []
    for stage, exchange in run.exchanges.items():
        request, reply = exchange["request"], exchange["reply"]
        nodes.append(Node("asked", f"by {stage}", children=tuple(_request(request))))
        nodes.append(Node("replied", f"to {stage}, raw", verbatim=tuple(visible_lines(pretty(reply)))))
    return tuple(nodes)


def _request(request: dict[str, Any]) -> list[Node]:
    nodes = [Node("model", abridged(shown(str(request.get("model")))))]
    if request.get("system"):
        nodes.append(Node("system", verbatim=tuple(visible_lines(str(request["system"])))))
    for turn in request.get("turns", ()):
        for block in turn.get("content", ()):
            said = block["text"] if "text" in block else pretty(block)
            nodes.append(Node(shown(str(turn.get("role"))), verbatim=tuple(visible_lines(str(said)))))
    known = ("model", "system", "turns")
    rest = {name: value for name, value in request.items() if name not in known and value not in (None, [])}
    nodes.append(Node("with", verbatim=tuple(visible_lines(pretty(rest)))))
    return nodes


def pretty(reply: object) -> str:
    """Return JSON data on several lines, always in the same order."""
    return json.dumps(reply, indent=2, ensure_ascii=False, sort_keys=True)


def facts(step: Step, limit: int | None) -> tuple[str, dict[str, str]]:
    """Return a step's short facts on one line, and its long texts by name."""
    long = {n: v for n, v in step.data.items() if isinstance(v, str) and ("\n" in v or len(v) > _LONG)}
    plain = [
        f"{shown(name)} {_fact(value, limit)}"
        for name, value in sorted(step.data.items())
        if value not in (None, [], {}) and name not in long
    ]
    return ", ".join(plain), long


def _step(step: Step, *, full: bool) -> Node:
    plain, long = facts(step, None if full else 80)
    timing = f"+{step.at:.3f} s" + (f" for {duration(step.seconds)}" if step.seconds else "")
    children = tuple(
        Node(shown(name), verbatim=tuple(visible_lines(text))) for name, text in sorted(long.items())
    )
    name = abridged(shown(step.name))
    return Node(step.kind, joined(name, plain, timing if full else None), "quiet", children if full else ())


def _fact(value: object, limit: int | None) -> str:
    if isinstance(value, dict) and {"uri", "sha256"} <= value.keys():
        return short(str(value["sha256"]))
    if isinstance(value, str):
        return shown(value, limit)
    if isinstance(value, float):
        return f"{value:.4g}"
    return shown(json.dumps(value, ensure_ascii=False, sort_keys=True), limit)
