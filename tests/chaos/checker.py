"""An outside check of an installation: it reads only the bus, the store folder and the catalog file.

It shares no code with doctrail and takes nobody's word: it opens the SQLite files and the object files
itself, and counts documents lost, messages duplicated, artifacts half written, healthy documents
dead-lettered, and model calls repeated for stages that had finished.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMESPACE = uuid.UUID("6f0d7b1e-52b5-5d0e-9d0a-0d3c1c8a4d11")
ENDS = ("records.completed", "reviews.requested")
STAGED = ("documents.submitted", "documents.classified", "documents.extracted", *ENDS)
RAW = ("original",)


@dataclass
class Findings:
    """What is wrong, by kind; all empty means that every promise held."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    half_written: list[str] = field(default_factory=list)
    dead_lettered: list[str] = field(default_factory=list)
    paid_again: list[str] = field(default_factory=list)
    catalog_differs: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(vars(self).values())


def check(home: Path, submitted: Iterable[bytes]) -> Findings:
    """Check the embedded installation in ``home`` against the files that were submitted to it."""
    messages = list(_messages(home / "bus.db"))
    return check_all(
        home / "objects",
        submitted,
        messages,
        unread=_unread(home / "bus.db"),
        facts=facts_in(home / "doctrail.db"),
    )


def check_all(
    objects: Path,
    submitted: Iterable[bytes],
    messages: list[tuple[str, dict[str, Any], bytes]],
    *,
    unread: Iterable[str],
    facts: Iterable[str],
    spoiled: Collection[str] = (),
) -> Findings:
    """Check an installation whose bus was read already.

    Args:
        objects: The folder of its store, or a copy of its bucket.
        submitted: The files that were submitted to it.
        messages: Topic, content and bytes of everything on its bus.
        unread: A sentence for every partition that a group has not finished.
        facts: The event ids in its catalog, one per row.
        spoiled: Documents that must end as dead letters, and nothing else.
    """
    findings = Findings(unread=list(unread))
    healthy = [data for data in submitted if hashlib.sha256(data).hexdigest() not in spoiled]
    outcomes = list(_outcomes(objects))
    _check_lost(findings, healthy, messages, outcomes)
    _check_duplicates(findings, messages, outcomes)
    _check_objects(findings, objects)
    _check_dead_letters(findings, objects, messages, spoiled)
    _check_payments(findings, objects)
    _check_catalog(findings, facts, [one for one in messages if one[1].get("subject") not in spoiled])
    return findings


def _messages(path: Path) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT s.topic, r.body FROM records r JOIN slots s ON s.slot = r.id >> 40 ORDER BY r.id"
        )
        for topic, body in rows:
            yield topic, json.loads(body), bytes(body)


def _outcomes(objects: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(objects.glob("documents/*/outcomes/*/*/*.json")):
        yield path.relative_to(objects).as_posix(), json.loads(path.read_bytes())


def _check_lost(
    findings: Findings,
    submitted: Iterable[bytes],
    messages: list[tuple[str, dict[str, Any], bytes]],
    outcomes: list[tuple[str, dict[str, Any]]],
) -> None:
    ended = {message["subject"] for topic, message, _ in messages if topic in ENDS}
    settled = {o["document_id"] for _, o in outcomes if o["stage"] == "validation" and o["messages"]}
    for data in submitted:
        document_id = hashlib.sha256(data).hexdigest()
        if document_id not in ended:
            findings.lost.append(f"{document_id}: no record and no review on the bus")
        if document_id not in settled:
            findings.lost.append(f"{document_id}: no settled validation in the store")


def _check_duplicates(
    findings: Findings,
    messages: list[tuple[str, dict[str, Any], bytes]],
    outcomes: list[tuple[str, dict[str, Any]]],
) -> None:
    """A duplicate is two ids for one outcome position, or one id with two bodies."""
    promised: dict[str, bytes] = {}
    for key, outcome in outcomes:
        for position, sealed in enumerate(outcome["messages"]):
            expected = str(uuid.uuid5(NAMESPACE, json.dumps(["event", key, position], separators=(",", ":"))))
            if sealed["event_id"] != expected:
                findings.duplicated.append(
                    f"{key}[{position}] has id {sealed['event_id']}, its position gives {expected}"
                )
            promised[sealed["event_id"]] = sealed["body"].encode()
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for topic, message, body in messages:
        if topic in STAGED:
            bodies[message["id"]].add(body)
            if message["id"] not in promised:
                findings.duplicated.append(f"{topic} {message['id']} belongs to no outcome")
            elif promised[message["id"]] != body:
                findings.duplicated.append(f"{topic} {message['id']} differs from its outcome")
    findings.duplicated += [f"{i} has {len(b)} bodies" for i, b in bodies.items() if len(b) > 1]
    runs = Counter(
        (o["run_id"], o["stage"]) for _, o in outcomes if _asks_for_work(o) and o["stage"] != "validation"
    )
    findings.duplicated += [f"run {r} has {n} outcomes of {s}" for (r, s), n in runs.items() if n > 1]


def _asks_for_work(outcome: dict[str, Any]) -> bool:
    """Whether an outcome sends anything but the news that known bytes came in by another name."""
    return any(not json.loads(m["body"])["data"].get("known") for m in outcome["messages"])


def _check_objects(findings: Findings, objects: Path) -> None:
    """Every object is whole, and every reference in one names bytes that are there."""
    for path in sorted(p for p in objects.rglob("*") if p.is_file()):
        key = path.relative_to(objects).as_posix()
        data = path.read_bytes()
        if key.startswith("."):
            continue
        if path.name in RAW:
            if hashlib.sha256(data).hexdigest() != key.split("/")[1]:
                findings.half_written.append(f"{key}: not the bytes of its id")
            continue
        if path.suffix != ".json":
            continue
        try:
            value = json.loads(data)
        except ValueError:
            findings.half_written.append(f"{key}: not whole JSON")
            continue
        for ref in _refs(value):
            target = objects / ref["uri"]
            if not target.is_file():
                findings.half_written.append(f"{key}: refers to {ref['uri']}, which is not there")
            elif hashlib.sha256(target.read_bytes()).hexdigest() != ref["sha256"]:
                findings.half_written.append(f"{key}: {ref['uri']} has other bytes than referred to")


def _refs(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"uri", "sha256", "size", "media_type"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def _check_dead_letters(
    findings: Findings,
    objects: Path,
    messages: list[tuple[str, dict[str, Any], bytes]],
    spoiled: Collection[str],
) -> None:
    met: set[str] = set()
    for path in sorted(objects.glob("dead_letters/*/*.json")):
        letter = json.loads(path.read_bytes())
        met.add(letter.get("document_id"))
        if letter.get("document_id") not in spoiled:
            said = letter.get("sentence") or letter.get("reason")
            findings.dead_lettered.append(f"{path.parent.name}: {said}")
    findings.dead_lettered += [
        m["id"] for topic, m, _ in messages if topic == "dead_letters" and m["subject"] not in spoiled
    ]
    findings.lost += [f"{one}: spoiled, and no dead letter says so" for one in sorted(set(spoiled) - met)]


def _check_payments(findings: Findings, objects: Path) -> None:
    """A model is asked once per request: an attempt that bought a reply must be the only one that did."""
    bought: Counter[tuple[str, str]] = Counter()
    for path in objects.glob("documents/*/trail/*/*/*.json"):
        attempt = json.loads(path.read_bytes())
        for step in attempt["steps"]:
            if step["kind"] == "reply" and not step["data"]["from_ledger"]:
                bought[attempt["document_id"], step["data"]["reply"]["uri"]] += 1
    findings.paid_again += [
        f"{document}: {reply} bought {n} times" for (document, reply), n in bought.items() if n > 1
    ]


def _unread(path: Path) -> Iterator[str]:
    """Say where a group has not finished everything that was published to what it reads."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT o.consumer_group, s.topic, s.partition, o.next, s.next "
            "FROM offsets o JOIN slots s USING (slot)"
        )
        for group, topic, partition, committed, end in rows:
            if committed != end:
                yield f"{group} stands at {committed} of {end} in {topic}/{partition}"


def facts_in(path: Path) -> list[str]:
    """Return the event ids in an embedded catalog, one per row."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return [row[0] for row in db.execute("SELECT fact_id FROM facts")]


def _fact(topic: str, message: dict[str, Any]) -> str:
    """Return the id of the fact that a message is: of what is an object first, that object's."""
    data = message["data"]
    if topic == "dead_letters":
        return str(data["dead_letter"]["uri"])
    return str(data["decision_id"] if topic == "reviews.decided" else message["id"])


def _check_catalog(
    findings: Findings, facts: Iterable[str], messages: list[tuple[str, dict[str, Any], bytes]]
) -> None:
    """The catalog holds exactly the events of the bus that it projects, each once."""
    known = Counter(facts)
    sent = {_fact(topic, m) for topic, m, _ in messages if topic != "documents.inbox"}
    findings.catalog_differs += [f"{event} is not in the catalog" for event in sent - set(known)]
    findings.catalog_differs += [
        f"{event} is {n} times in the catalog" for event, n in known.items() if n > 1
    ]
