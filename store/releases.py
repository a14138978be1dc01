"""Releases and runs: everything a document is judged by, frozen under digests."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from pydantic import BaseModel, Field

from schemas.canonical import canonical_json, derive_id, digest
from schemas.errors import InvariantError, PermanentError
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal
from store.slots import Slots

M = TypeVar("M", bound=BaseModel)

BUNDLE_PARTS = (
    "schema.json",
    "prompt.md",
    "rules.py",
    "model",
    "thresholds.json",
    "model.json",
    "history.json",
    "digitiser",
)


class MissingPartError(PermanentError):
    """Something a run is pinned to is not in the store; restore it: there is no fallback."""


class Bundle(Frozen):
    """A document type frozen under its digest; the digest covers every part's digest.

    Attributes:
        parts: By the names of BUNDLE_PARTS; ``model`` and ``thresholds.json`` are absent where the
            type has no trained variant yet, ``model.json`` where no large model is named to read it,
            ``history.json`` where nothing was learned from people of models' readings, ``digitiser`` where
            the type's deliverable is no files.
    """

    doc_type: str
    digest: str
    parts: dict[str, ObjectRef]


class Revocation(Frozen):
    """A certificate that audits found not to hold: its field goes to a person.

    Attributes:
        bundle: Digest of the bundle whose certificate it is; another bundle has certificates of its own.
        why: What was found, in words.
    """

    doc_type: str
    bundle: str
    field: str
    why: str


class Release(Frozen):
    """All bundles and shared parts that documents are judged by together.

    Attributes:
        bundles: By type name.
        classifier: The type classifier's model.
        classifier_thresholds: Its certificates.
        splitter: The model that tells where documents begin in a file of several; None in releases made
            before there was one.
        splitter_thresholds: Its certificates.
        knowledge: What the MCP servers answer from, a snapshot by server name; empty where none was loaded.
        router: Whom doubtful fields may go to; None where nobody else is asked.
        accept_generated_certificates: Whether certificates on generated samples may accept.
        min_quality: Documents that read worse than this (0..1) go to a person.
        revoked: Certificates that hold no longer.
    """

    bundles: dict[str, Bundle]
    classifier: ObjectRef
    classifier_thresholds: ObjectRef
    splitter: ObjectRef | None = Field(default=None, exclude_if=lambda part: part is None)
    splitter_thresholds: ObjectRef | None = Field(default=None, exclude_if=lambda part: part is None)
    router: ObjectRef | None = Field(default=None, exclude_if=lambda part: part is None)
    knowledge: dict[str, ObjectRef] = Field(default_factory=dict, exclude_if=lambda parts: not parts)
    accept_generated_certificates: bool = False
    min_quality: float = 0.35
    revoked: tuple[Revocation, ...] = Field(default=(), exclude_if=lambda revoked: not revoked)

    def revocations(self, doc_type: str) -> dict[str, str]:
        """Return why certificates of the type's bundle hold no longer, by field."""
        bundle = self.bundles.get(doc_type)
        return {
            one.field: one.why
            for one in self.revoked
            if bundle is not None and (one.doc_type, one.bundle) == (doc_type, bundle.digest)
        }

    def shared_parts(self) -> tuple[ObjectRef, ...]:
        """Return what no bundle holds: the models of all types together, and their certificates."""
        models = (self.classifier, self.classifier_thresholds, self.splitter, self.splitter_thresholds)
        parts = (*models, self.router)
        return (*(part for part in parts if part is not None), *self.knowledge.values())


class RunManifest(Sealed):
    """What a run is pinned to; everyone but intake reads this and never the live pointer.

    Attributes:
        cause: ``first``, or the id of the backfill, force or decision that opened the run.
        number: The document's run slot.
        opened_by: Id of the event that opened the run, and that alone publishes it.
        repay: Models are asked anew, whatever replies are known; each reply once for the cause.
    """

    run_id: str
    document_id: str
    cause: str
    number: int
    release_digest: str
    release: Release
    opened_by: str
    repay: bool = Field(default=False, exclude_if=lambda repay: not repay)


class RunSlot(Sealed):
    """Slot ``number`` of a document's runs."""

    document_id: str
    number: int
    run_id: str
    cause: str
    release_digest: str


async def publish_release(store: ObjectStore, release: Release) -> tuple[str, Release]:
    """Store a release under its digest and return both; storing it again changes nothing."""
    found = digest(release)
    await store.create(keys.release(found), canonical_json(release))
    return found, release


async def load_release(store: ObjectStore, release_digest: str) -> Release:
    """Return the release with this digest.

    Raises:
        MissingPartError: The store does not have it.
        InvariantError: Other bytes stand under its digest.
    """
    key = keys.release(release_digest)
    release, found = _opened(await _fetch(store, key, f"release {release_digest[:16]}…"), key)
    if found != release_digest:
        raise InvariantError(f"object {key!r} was changed: its digest is {found[:16]}…")
    return release


@lru_cache(maxsize=16)
def _opened(data: bytes, key: str) -> tuple[Release, str]:
    """Return the release in ``data`` and its digest; every document of a release asks for the same bytes."""
    release = parse(data, Release, key)
    return release, digest(release)


def run_id_of(document_id: str, cause: str, release_digest: str) -> str:
    """Return the id of the document's run for this cause under this release."""
    return derive_id("run", document_id, cause, release_digest)


async def open_run(
    store: ObjectStore,
    *,
    document_id: str,
    cause: str,
    release_digest: str,
    release: Release,
    opened_by: str,
    repay: bool = False,
) -> RunManifest:
    """Take the document's next run slot and pin the run; an open run is returned as it stands.

    The slot comes first: a crash in between leaves a slot that the same run finds again.
    """
    run_id = run_id_of(document_id, cause, release_digest)
    standing = await store.fetch(keys.run(run_id))
    if standing is not None:
        return parse(standing, RunManifest, keys.run(run_id))
    slot = await _take_slot(store, document_id, run_id, cause, release_digest)
    manifest = RunManifest(
        run_id=run_id,
        document_id=document_id,
        cause=cause,
        number=slot.number,
        release_digest=release_digest,
        release=release,
        opened_by=opened_by,
        repay=repay,
    )
    written = await store.create(keys.run(run_id), seal(manifest))
    return parse(written.data, RunManifest, keys.run(run_id))


async def load_run(store: ObjectStore, run_id: str) -> RunManifest:
    """Return a run's manifest.

    Raises:
        MissingPartError: The store does not have it.
    """
    return await _load(store, keys.run(run_id), RunManifest, f"run {run_id}")


async def run_slots(store: ObjectStore, document_id: str) -> list[RunSlot]:
    """Return the document's runs in the order they were opened."""
    return await _slots(store, document_id).all()


async def _take_slot(
    store: ObjectStore, document_id: str, run_id: str, cause: str, release_digest: str
) -> RunSlot:
    def make(number: int) -> RunSlot:
        return RunSlot(
            document_id=document_id, number=number, run_id=run_id, cause=cause, release_digest=release_digest
        )

    return await _slots(store, document_id).take(make, lambda slot: slot.run_id == run_id)


def _slots(store: ObjectStore, document_id: str) -> Slots[RunSlot]:
    return Slots(store, lambda number: keys.run_slot(document_id, number), RunSlot)


async def _load(store: ObjectStore, key: str, kind: type[M], name: str) -> M:
    return parse(await _fetch(store, key, name), kind, key)


async def _fetch(store: ObjectStore, key: str, name: str) -> bytes:
    data = await store.fetch(key)
    if data is None:
        raise MissingPartError(
            f"{name} is not in the store (object {key!r}); restore it, there is no fallback",
            reason="missing_part",
        )
    return data
