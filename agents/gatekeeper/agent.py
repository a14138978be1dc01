"""The Gatekeeper: reads a document, says what it is and how sure that is, and routes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.asking import ask, recorded
from agents.bundles import PinnedParts
from agents.decisions import of_document
from agents.gatekeeper import classify
from agents.gatekeeper.overrule import carry_out, classified, overrule
from agents.gatekeeper.reading import DocumentReading, Reader, read_once
from agents.gatekeeper.routing import Limits, TypeReading, route
from agents.instructions import instruction_lines, instruction_notes, without
from agents.stage import Finding, Stage, Work
from inference.protocol import ModelClient
from pages.reader import READER_VERSION
from schemas.documents import DocumentSubmitted, Route
from schemas.errors import PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.layout import Layout
from schemas.message import Message
from schemas.records import DecisionKind, ReviewDecided
from schemas.results import (
    REJECT_SENTENCES,
    UNKNOWN_TYPE,
    Classification,
    RejectReason,
)
from schemas.versions import payload_as
from store import keys
from store.ledger import PayOnce
from store.releases import RunManifest, load_run, open_run
from store.retrying import RetryingStore
from store.stages import keep_result, recall_result, stage_key

STAGE_VERSION = 2
"""Raised when the same inputs would give another classification."""


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The agent that classifies, and that carries out people's decisions about type and rejection."""

    stage: Stage
    reader: Reader
    client: ModelClient
    ledger: PayOnce
    parts: PinnedParts

    name = "gatekeeper"
    consumes: Sequence[type[Message]] = (DocumentSubmitted, ReviewDecided)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Publish ``documents.classified`` for a submitted document or a decision about its type."""
        document_id = delivery.envelope.subject
        if isinstance(delivery.envelope.data, ReviewDecided):
            return await self._decided(delivery, document_id)
        submitted: DocumentSubmitted = payload_as(delivery.envelope, DocumentSubmitted)

        async def judge(work: Work) -> Finding:
            return await self._classify(work, submitted)

        return await self.stage.run(delivery, judge, document_id=document_id, run_id=submitted.run_id)

    async def _classify(self, work: Work, submitted: DocumentSubmitted) -> Finding:
        manifest = await load_run(work.store, submitted.run_id)
        work.trail.inputs["original"] = submitted.original
        key = _key(manifest)
        known = await recall_result(work.store, work.document_id, "gatekeeper", key, Classification)
        if known is None:
            found = await self._look(work, submitted, manifest)
            classification, ref = await keep_result(work.store, work.document_id, "gatekeeper", key, found)
        else:
            classification, ref = known
        decisions = [
            d for d in await of_document(work.store, work.document_id) if d.kind is not DecisionKind.FIELDS
        ]
        if decisions:
            classification, ref = await overrule(work, classification, ref, decisions[-1], manifest)
        message = classified(
            work, manifest, classification, ref, decided_by="human" if decisions else "model"
        )
        return Finding(ref, [(work.document_id, message)], "computed" if known is None else "reused")

    async def _look(self, work: Work, submitted: DocumentSubmitted, manifest: RunManifest) -> Classification:
        reading, layout = await read_once(work, self.reader, submitted.original)
        family = await _family(work, submitted)
        if reading.refused is not None:
            return _rejected(work.document_id, reading, reading.refused, family)
        if layout is None or reading.quality is None or not any(page.lines for page in layout.pages):
            return _rejected(work.document_id, reading, RejectReason.NO_TEXT, family)
        planted = instruction_lines(layout)
        answer = await self._ask(work, without(layout, planted), manifest)
        found = TypeReading(answer["doc_type"], answer["confidence"], answer.get("novelty"))
        certificates = await self.parts.certificates(work.store, manifest.release.classifier_thresholds)
        routing = route(
            found,
            frozenset(manifest.release.bundles),
            reading.quality,
            certificates.of("doc_type") if certificates else None,
            Limits(manifest.release.min_quality, manifest.release.accept_generated_certificates),
        )
        return Classification(
            document_id=work.document_id,
            media_type=reading.media_type,
            page_count=reading.page_count,
            doc_type=found.doc_type,
            confidence=found.confidence,
            scores=classify.scores(answer),
            novelty=found.novelty,
            quality=reading.quality,
            layout=reading.layout,
            notes=(*layout.notes, *instruction_notes(layout, planted)),
            route=routing.route,
            reason=routing.reason,
            arithmetic=routing.arithmetic,
            family=family,
        )

    async def _ask(self, work: Work, layout: Layout, manifest: RunManifest) -> dict[str, Any]:
        request = classify.request(layout, model=f"local:{manifest.release.classifier.sha256}")
        reply, _ = await ask(work, self.ledger, self.client, request)
        return recorded(reply, classify.TOOL, classify.schema())

    async def _decided(self, delivery: Delivery, document_id: str) -> Sequence[Outgoing]:
        decided: ReviewDecided = payload_as(delivery.envelope, ReviewDecided)
        if decided.kind is DecisionKind.FIELDS:
            return ()
        if decided.kind is DecisionKind.SPLIT:
            raise PermanentError(
                f"decision {decided.decision_id} splits a packet, which this version does not do",
                reason="split_unsupported",
            )
        store = RetryingStore(self.stage.store, delivery.calls)
        corrected = await load_run(store, decided.run_id)
        manifest = await open_run(
            store,
            document_id=document_id,
            cause=decided.decision_id,
            release_digest=corrected.release_digest,
            release=corrected.release,
            opened_by=delivery.envelope.id,
        )

        async def judge(work: Work) -> Finding:
            return await carry_out(work, decided, manifest)

        return await self.stage.run(delivery, judge, document_id=document_id, run_id=manifest.run_id)


def _key(manifest: RunManifest) -> str:
    release = manifest.release
    return stage_key(
        "gatekeeper",
        STAGE_VERSION,
        manifest.document_id,
        READER_VERSION,
        release.classifier.sha256,
        release.classifier_thresholds.sha256,
        sorted(release.bundles),
        release.accept_generated_certificates,
        release.min_quality,
    )


async def _family(work: Work, submitted: DocumentSubmitted) -> str:
    own = submitted.parent.document_id if submitted.parent else work.document_id
    return (
        await work.store.create(keys.family(work.document_id), own.encode(), media_type="text/plain")
    ).data.decode()


def _rejected(
    document_id: str, reading: DocumentReading, reason: RejectReason, family: str
) -> Classification:
    return Classification(
        document_id=document_id,
        media_type=reading.media_type,
        page_count=reading.page_count,
        doc_type=UNKNOWN_TYPE,
        confidence=0.0,
        quality=reading.quality,
        layout=reading.layout,
        route=Route.REJECT,
        reason=reason.value,
        arithmetic=(reading.sentence or REJECT_SENTENCES[reason],),
        family=family,
    )
