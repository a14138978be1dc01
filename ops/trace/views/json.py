"""A trace as JSON: the very data that text and HTML are made from."""

from __future__ import annotations

import json

from ops.trace.story import Trace


def trace_json(trace: Trace) -> str:
    """Return the trace as JSON in ASCII: exact for a program, harmless on a terminal.

    Everything beyond ASCII is escaped, so that no value can send a terminal a control sequence or
    turn the direction of a line.
    """
    text = json.dumps(trace.model_dump(mode="json"), indent=2, ensure_ascii=True)
    # The one control character that JSON leaves as it is; it can only stand inside a string.
    return text.replace("\x7f", "\\u007f") + "\n"
