"""Bundles and releases: everything a run is pinned to, frozen under digests."""

from __future__ import annotations

from schemas.layout import Frozen
from schemas.objects import ObjectRef

BUNDLE_PARTS = ("schema.json", "prompt.md", "rules.py", "model", "thresholds.json")


class Bundle(Frozen):
    """A document type frozen under its digest; the digest covers every part's digest.

    Attributes:
        parts: By the names of BUNDLE_PARTS; ``model`` and ``thresholds.json`` are absent where the
            type has no trained variant yet.
    """

    doc_type: str
    digest: str
    parts: dict[str, ObjectRef]


class Release(Frozen):
    """All bundles and shared parts that documents are judged by together.

    Attributes:
        bundles: By type name.
        classifier: The type classifier's model.
        classifier_thresholds: Its certificates.
        accept_generated_certificates: Whether certificates on generated samples may accept.
    """

    bundles: dict[str, Bundle]
    classifier: ObjectRef
    classifier_thresholds: ObjectRef
    accept_generated_certificates: bool = False


class RunManifest(Frozen):
    """What a run is pinned to; everyone but intake reads this and never the live pointer.

    Attributes:
        cause: ``first``, or the id of the backfill, force or decision that opened the run.
        number: The document's run slot.
    """

    run_id: str
    document_id: str
    cause: str
    number: int
    release_digest: str
    release: Release
