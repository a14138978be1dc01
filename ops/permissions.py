"""The one table of what each role must be allowed to do: doctor exercises it, the documentation shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ops.permission_folders import READS, WRITES
from schemas.documents import DocumentClassified, DocumentDropped, DocumentExtracted, DocumentSubmitted
from schemas.records import DeadLettered, RecordCompleted, ReviewDecided, ReviewRequested
from schemas.topics import READ
from store.actions import ABORT, DELETE, GET, LIST, PUT, VERSION

Part = Literal["store", "source", "topic", "group", "database", "schema", "table", "sequence"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a role must be allowed to do.

    Attributes:
        part: What it is about: a folder of the store, a foreign prefix, a topic, a consumer group, or
            a part of the database.
        action: As the service calls it.
        name: Folder, topic, group or table; empty where there is only one.
        why: What it is for.
    """

    part: Part
    action: str
    name: str
    why: str


_PARTS_OF_UPLOADS = {"intake": "documents", "gatekeeper": "documents", "watch": "inbox"}
"""Where a role puts bytes of any size, in parts above 64 MB, and takes back parts that failed."""
_ASKS = ("gatekeeper", "extraction", "shadow")
"""Roles that ask models."""

_SENDS: Mapping[str, tuple[str, ...]] = {
    "intake": (DocumentSubmitted.event, DocumentDropped.event),
    "gatekeeper": (DocumentClassified.event, DocumentSubmitted.event),
    "extraction": (DocumentExtracted.event,),
    "validation": (RecordCompleted.event, ReviewRequested.event),
    "review": (ReviewDecided.event,),
    "catalog": (),
    "watch": (DocumentDropped.event,),
}
_APART = ("mcp", "model", "nightly", "shadow")
"""Roles that have nothing to do with the bus."""
_TABLES: Mapping[str, tuple[str, ...]] = {
    "facts": ("SELECT", "INSERT", "DELETE"),
    "submissions": ("SELECT", "INSERT", "DELETE"),
    "documents": ("SELECT", "INSERT", "DELETE"),
    "document_states": ("SELECT",),
    "alembic_version": ("SELECT",),
}
_CHANGED = ("SELECT", "INSERT", "UPDATE", "DELETE")
_QUEUE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "review_tasks",
            "review_leases",
            "review_drafts",
            "review_outbox",
            "review_participants",
            "review_counters",
            "review_gold",
            "review_reviewers",
            "review_tokens",
            "review_sessions",
            "review_preferences",
        ),
        _CHANGED,
    ),
    # What was decided is never changed.
    "review_decisions": ("SELECT", "INSERT"),
    "review_version": ("SELECT",),
}
_DATABASE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "catalog": _TABLES,
    "review": _QUEUE,
    "watch": {"alembic_version": ("SELECT",)},
    "nightly": {
        "alembic_version": ("SELECT",),
        "documents": ("SELECT",),
        **dict.fromkeys(("review_tasks", "review_decisions", "review_outbox", "review_version"), ("SELECT",)),
    },
    "alerts": dict.fromkeys(("alembic_version", "documents", "facts"), ("SELECT",)),
    "shadow": {
        "alembic_version": ("SELECT",),
        "documents": ("SELECT",),
        "review_tasks": ("SELECT", "INSERT"),
        "review_version": ("SELECT",),
    },
}
AGENTS = ("intake", "gatekeeper", "extraction", "validation", "review", "catalog")


def needs_of(role: str) -> tuple[Need, ...]:
    """Return everything that a role must be allowed to do, each thing once.

    What another need includes is left out: Kafka's Read and Write include Describe.
    """
    found = [*_in_the_store(role), *(() if role in _APART else _on_the_bus(role))]
    if role == "intake":
        found += [
            Need("source", LIST, "", "a missing object is told from a forbidden one; ingest sync"),
            Need("source", GET, "", "documents that are announced"),
            Need("source", VERSION, "", "documents announced by version"),
        ]
    if role in _DATABASE:
        found += _in_the_database(_DATABASE[role])
    return tuple({(need.part, need.action, need.name): need for need in reversed(found)}.values())[::-1]


def _in_the_store(role: str) -> Iterable[Need]:
    yield Need("store", LIST, "", "a missing object is told from a forbidden one")
    for folder, why in READS[role].items():
        yield Need("store", GET, folder, why)
    for folder, why in WRITES[role].items():
        yield Need("store", PUT, folder, why)
        # The loser of a create-once race reads what stands there.
        yield Need("store", GET, folder, "what stands there already")
    if role in _PARTS_OF_UPLOADS:
        yield Need("store", ABORT, _PARTS_OF_UPLOADS[role], "parts of a large upload that failed")
    if role in _ASKS:
        yield Need("store", DELETE, "documents/*/asking", "marks of questions that were answered")
    if role in AGENTS:
        for action in (GET, PUT, DELETE):
            yield Need("store", action, "sessions", "who works on which partition")
        for action in (GET, PUT):
            yield Need("store", action, "dead_letters", "what could not be handled")
            yield Need("store", action, "outages", "when outside parts did not answer")


def _on_the_bus(role: str) -> Iterable[Need]:
    if role == "alerts":
        yield from _beside_the_bus()
        return
    read = [topic.name for topic in READ.values() if role in topic.consumers]
    sent = [*_SENDS[role], *([DeadLettered.event] if role in AGENTS else [])]
    for name in read:
        yield Need("topic", "Read", name, "its messages")
    for name in sent:
        yield Need("topic", "Write", name, "what it concludes")
    for name in READ:
        if name not in (*read, *sent):
            yield Need("topic", "Describe", name, "every topic is looked for at start")
    if role in AGENTS:
        yield Need("group", "Read", role, "sharing the work, keeping its place")


def _beside_the_bus() -> Iterable[Need]:
    """Yield what it takes to see how far agents are behind, without being one of them."""
    for name, topic in READ.items():
        if topic.consumers:
            yield Need("topic", "Read", name, "when the oldest unread message was sent")
    for agent in AGENTS:
        yield Need("group", "Describe", agent, "how far it is behind")


def _in_the_database(tables: Mapping[str, tuple[str, ...]]) -> Iterable[Need]:
    yield Need("database", "CONNECT", "", "its tables")
    yield Need("schema", "USAGE", "", "its tables")
    for table, actions in tables.items():
        for action in actions:
            yield Need("table", action, table, "the queue" if table in _QUEUE else "where documents stand")
    if "facts" in tables:
        yield Need("sequence", "USAGE", "facts_position_seq", "numbers of facts")


ROLES: Mapping[str, tuple[Need, ...]] = {role: needs_of(role) for role in READS}
"""What every role needs."""
