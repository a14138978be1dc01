"""A rule of an alert plan, for tests to change."""

from __future__ import annotations

RULE = {
    "name": "down",
    "signal": "part_down",
    "severity": "page",
    "owner": "platform",
    "runbook": "part-down.md",
    "caught": "a night",
    "says": "{subject} is down",
    "above": 0,
    "lasting": 5,
    "clear": 10,
}
