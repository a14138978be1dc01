"""Re-checking every object of a document: as it was written, and as everything else says it was."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace

from schemas.canonical import digest, sha256_hex
from schemas.objects import ObjectRef
from store import keys
from store.checks import Check, check_object, check_sealed, stage_of
from store.children import load_origin, messages_about
from store.completeness import Account
from store.implied import Implied
from store.parsing import DamagedObjectError
from store.protocol import ObjectStore
from store.references import references
from store.releases import RunManifest
from store.sealed import Sealed
from store.submissions import InboxNote, Link, Submission

QUARANTINE = "quarantine"
_PLAIN_FILES = frozenset({"layout", "page_image", "curve", "mask"})
"""Kinds of artifacts that refer to nothing."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger.

    Attributes:
        sha256: Of the bytes that stand there; None where nothing does.
        rows: How many fields, lines, messages or steps it holds, where they can be counted.
        problem: What is wrong, in a sentence; None where nothing is.
    """

    stage: str
    key: str
    sha256: str | None
    rows: int | None
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything found in a document's folder and what belongs to it outside.

    Attributes:
        rows: By key.
        referrers: Which objects refer to a key, by that key.
        links: Key outside the folder that a link must lead to, by the link's key.
    """

    document_id: str
    rows: tuple[Row, ...]
    referrers: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    links: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def ok(self) -> bool:
        """Whether every row is."""
        return all(row.ok for row in self.rows)

    @property
    def problems(self) -> tuple[Row, ...]:
        """The rows that something is wrong with."""
        return tuple(row for row in self.rows if not row.ok)


@dataclass(slots=True)
class _Findings:
    account: Account
    implied: Implied
    rows: dict[str, Row] = field(default_factory=dict)
    family: bytes | None = None
    links: list[str] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)
    # Who says what of a key: (referrer, reference).
    said: dict[str, list[tuple[str, ObjectRef]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: str, data: bytes, check: Check) -> None:
        problem = "; ".join(check.problems) or None
        self.rows[key] = Row(stage_of(key), key, sha256_hex(data), check.rows, problem)

    def blame(self, key: str, problem: str) -> None:
        row = self.rows.get(key, Row(stage_of(key), key, None, None))
        self.rows[key] = replace(row, problem=row.problem or problem)


async def verify_document(store: ObjectStore, document_id: str) -> Ledger:
    """Return the ledger of a document; whatever was changed, cut off or lost is named in it."""
    found = _Findings(Account(document_id), Implied(document_id))
    async for key in store.list(keys.document(document_id)):
        data = await store.fetch(key) or b""
        found.add(key, data, check_object(key, data))
        _collect(found, key, data)
    await _origin(store, found, document_id)
    _number(found, document_id, "runs")
    _number(found, document_id, "revisions")
    for run_id in sorted(found.runs):
        await _outside(store, found, keys.run(run_id), RunManifest)
    for key in sorted(found.links):
        await _linked(store, found, key)
    present = {key for key, row in found.rows.items() if row.sha256 is not None}
    sound = {key for key in present if found.rows[key].ok}
    for key, problem in (
        *found.account.problems(present, sound, found.family),
        *found.implied.problems(present),
    ):
        found.blame(key, problem)
    await _untold(store, found)
    await _compare(store, found, document_id)
    referrers = {key: tuple(sorted({who for who, _ in said})) for key, said in found.said.items()}
    referrers |= {key: tuple(sorted(who)) for key, who in found.implied.readings.items()}
    rows = tuple(found.rows[key] for key in sorted(found.rows))
    return Ledger(document_id, rows, referrers, dict(found.implied.links))


async def _untold(store: ObjectStore, found: _Findings) -> None:
    """Blame outcomes without a trail; one that was set aside as corrupt is known to be gone."""
    for key, problem in found.implied.untold():
        if await _first(store, f"{QUARANTINE}/{key.rpartition('/')[0]}") is None:
            found.blame(key, problem)


def _collect(found: _Findings, key: str, data: bytes) -> None:
    folder, *rest = key.split("/")[2:]
    if found.rows[key].ok:
        found.account.take(key, data)
        found.implied.take(key, data)
    if folder == "family":
        found.family = data
    if folder in {"original", "family"} or (folder == "artifacts" and rest[0] in _PLAIN_FILES):
        return
    if folder == "links":
        found.links += [Link.model_validate_json(data).key] if found.rows[key].ok else []
        return
    if folder in {"outcomes", "trail"}:
        found.runs.add(rest[0])
    for ref in references(data):
        found.said[ref.uri].append((key, ref))


async def _origin(store: ObjectStore, found: _Findings, document_id: str) -> None:
    """Blame what a document should have been read from, and learn what its packet has sent about it."""
    own = keys.original(document_id)
    if _SHA256.fullmatch(document_id):
        if own not in found.rows:
            found.blame(own, "the document's bytes are missing")
        return
    key = keys.origin(document_id)
    if key not in found.rows or not found.rows[key].ok:
        found.blame(key, "nothing says what this document was taken out of")
        found.account.packet_known = False
        return
    origin = await load_origin(store, document_id)
    if origin is None:
        return
    if origin.original is None or origin.original.uri != own:
        if not any(link.endswith("/original") for link in found.links):
            found.blame(key, "no link leads to the bytes it was taken out of")
    elif own not in found.rows:
        found.blame(own, "the document's bytes are missing")
    try:
        sent = await messages_about(store, origin)
    except DamagedObjectError:
        # Its packet's own ledger names what is damaged there.
        found.account.packet_known = False
    else:
        found.account.sent |= {message.event_id for message in sent}


def _number(found: _Findings, document_id: str, folder: str) -> None:
    """Name the slots that are missing below the highest one."""
    prefix = f"{keys.document(document_id)}/{folder}/"
    taken = sorted(key for key in found.rows if key.startswith(prefix))
    for number in range(1, len(taken) + 1):
        key = f"{prefix}{number:06d}.json"
        if key not in found.rows:
            found.blame(key, "this slot is missing, one after it is taken")


async def _outside(store: ObjectStore, found: _Findings, key: str, kind: type[Sealed]) -> None:
    data = await store.fetch(key)
    if data is None:
        found.blame(key, "it is missing")
        return
    value, problems = check_sealed(data, kind)
    if isinstance(value, RunManifest) and not problems and digest(value.release) != value.release_digest:
        problems = ["its release is not the one whose digest it names"]
    elif isinstance(value, RunManifest) and not problems:
        found.account.run(key, value.number)
    found.add(key, data, Check(None, problems))


async def _linked(store: ObjectStore, found: _Findings, key: str) -> None:
    top = key.partition("/")[0]
    if top == "submissions":
        await _outside(store, found, key, Submission)
    elif top == "inbox" and key.endswith(".json"):
        await _outside(store, found, key, InboxNote)
    elif await store.head(key) is None:
        found.blame(key, "it is missing, though the document's links name it")


async def _compare(store: ObjectStore, found: _Findings, document_id: str) -> None:
    own = keys.document(document_id) + "/"
    for key, said in sorted(found.said.items()):
        row = found.rows.get(key)
        if row is None and key.startswith(own):
            await _missing(store, found, key, said)
        elif row is not None and row.sha256 is not None:
            _agree(found, row, said)


async def _missing(store: ObjectStore, found: _Findings, key: str, said: list[tuple[str, ObjectRef]]) -> None:
    relying = [who for who, _ in said if not _is_history(who)]
    if not relying and await _first(store, f"{QUARANTINE}/{key}") is not None:
        return
    found.blame(key, f"it is missing, {keys.tail(relying[0] if relying else said[0][0])} refers to it")


def _agree(found: _Findings, row: Row, said: list[tuple[str, ObjectRef]]) -> None:
    """Blame the object, or those that refer to other bytes than others rightly do."""
    relying = [(who, ref) for who, ref in said if not _is_history(who)]
    judges = relying or said
    if not any(ref.sha256 == row.sha256 for _, ref in judges):
        who, ref = judges[0]
        actual = (row.sha256 or "")[:16]
        found.blame(row.key, f"its sha256 is {actual}…, {keys.tail(who)} says {ref.sha256[:16]}…")
        return
    for who, ref in relying:
        if ref.sha256 != row.sha256:
            found.blame(who, f"it refers to other bytes of {keys.tail(row.key)} than stand there")


def _is_history(key: str) -> bool:
    return "/trail/" in key


async def _first(store: ObjectStore, folder: str) -> str | None:
    async for key in store.list(folder):
        return key
    return None
