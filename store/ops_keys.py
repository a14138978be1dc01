"""Where those who run the pipeline keep what they find: audits, erasures, incidents. See ``store.keys``."""

from __future__ import annotations

AUDITS = "audits"
"""Folder of what audits found."""


def audit(number: int) -> str:
    """What audit ``number`` (from 1) found."""
    return f"{AUDITS}/{number:06d}.json"


def walk(digest: str) -> str:
    """What a person said about records that were walked back."""
    return f"walks/{digest}.json"


ALERTS = "alerts/state.json"
"""What the alerts remember between two looks."""
ALERTS_SAID = "alerts/said.json"
"""What people said of alerts."""


ERASURES = "erasures"
"""Folder of what was erased, by document."""
BEGUN = ".begun.json"


def erasures(document_id: str) -> str:
    """Folder of a document's erasures."""
    return f"{ERASURES}/{document_id}"


def erasure_begun(document_id: str, number: int) -> str:
    """What erasure ``number`` (from 1) of a document takes away."""
    return f"{erasures(document_id)}/{number:04d}{BEGUN}"


def erasure_receipt(document_id: str, number: int) -> str:
    """Note that all of it is gone."""
    return f"{erasures(document_id)}/{number:04d}.receipt.json"


ACCESSES = "accesses"
"""Folder of who read what, by day."""


def access(day: str, digest: str) -> str:
    """Note that somebody read documents on a day."""
    return f"{ACCESSES}/{day}/{digest}.json"


INCIDENTS = "incidents"
"""Folder of the incidents."""


def incident(number: int, step: int) -> str:
    """Step ``step`` (from 1) of incident ``number`` (from 1)."""
    return f"{INCIDENTS}/{number:04d}/{step:04d}.json"


GATES = "gates/standing.json"
"""Which gates are closed."""
HELD = "held"
"""Folder of the messages that gates hold."""


def held(gate: str, event_id: str) -> str:
    """A message that a gate holds, with its original bytes."""
    return f"{HELD}/{gate}/{event_id}.json"


OUTAGES = "outages"
"""Folder of the times at which outside parts did not answer, by day."""


def outage(day: str, outage_id: str, end: str) -> str:
    """That a process began to wait for an outside part (``end`` is opened), or went on (closed)."""
    return f"{OUTAGES}/{day}/{outage_id}.{end}.json"
