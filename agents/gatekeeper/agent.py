"""The Gatekeeper: reads a document, says what it is and how sure that is, and routes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.asking import ask, recorded
from agents.bundles import PinnedParts
from agents.decisions import of_document
from agents.gatekeeper import classify
from agents.gatekeeper.reading import DocumentReading, Reader, read_once
from agents.gatekeeper.routing import Limits, Routing, TypeReading, route
from agents.stage import Finding, Stage, Work
from inference.protocol import ModelClient
from pages.reader import READER_VERSION
from schemas.documents import DocumentClassified, DocumentSubmitted, Route
from schemas.errors import PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.layout import Layout
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.records import DecisionKind, ReviewDecided
from schemas.results import (
    REJECT_SENTENCES,
    UNKNOWN_TYPE,
    ArtifactKind,
    Classification,
    Decision,
    RejectReason,
)
from schemas.versions import payload_as
from store import keys
from store.artifacts import put_artifact
from store.ledger import PayOnce
from store.releases import RunManifest, load_run, open_run
from store.retrying import RetryingStore
from store.stages import keep_result, recall_result, stage_key

STAGE_VERSION = 1
"""Raised when the same inputs would give another classification."""


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The agent that classifies, and that carries out people's decisions about type and rejection."""

    stage: Stage
    reader: Reader
    client: ModelClient
    ledger: PayOnce
    parts: PinnedParts
    min_quality: float

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
            classification, ref = await _overrule(work, classification, ref, decisions[-1], manifest)
        _note_routing(work, classification)
        message = DocumentClassified(
            run_id=manifest.run_id,
            route=classification.route,
            result=ref,
            reason=_code(classification),
            decided_by="human" if decisions else "model",
        )
        return Finding(ref, [(work.document_id, message)], "computed" if known is None else "reused")

    async def _look(self, work: Work, submitted: DocumentSubmitted, manifest: RunManifest) -> Classification:
        reading, layout = await read_once(work, self.reader, submitted.original)
        family = await _family(work, submitted)
        if reading.refused is not None:
            return _rejected(work.document_id, reading, reading.refused, family)
        if layout is None or reading.quality is None or not any(page.lines for page in layout.pages):
            return _rejected(work.document_id, reading, RejectReason.NO_TEXT, family)
        answer = await self._ask(work, layout, manifest)
        found = TypeReading(answer["doc_type"], answer["confidence"], answer.get("novelty"))
        certificates = await self.parts.certificates(work.store, manifest.release.classifier_thresholds)
        routing = route(
            found,
            frozenset(manifest.release.bundles),
            reading.quality,
            certificates.of("doc_type") if certificates else None,
            Limits(self.min_quality, manifest.release.accept_generated_certificates),
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
            notes=layout.notes,
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
            return await self._carry_out(work, decided, corrected, manifest)

        return await self.stage.run(delivery, judge, document_id=document_id, run_id=manifest.run_id)

    async def _carry_out(
        self, work: Work, decided: ReviewDecided, corrected: RunManifest, manifest: RunManifest
    ) -> Finding:
        decision = Decision.model_validate_json(await work.store.read(decided.decision))
        work.trail.inputs["decision"] = decided.decision
        await put_artifact(
            work.store, ArtifactKind.DECISION, keys.decision(work.document_id, decision.decision_id), decision
        )
        known = await recall_result(
            work.store, work.document_id, "gatekeeper", _key(corrected), Classification
        )
        if known is None:
            raise PermanentError(
                f"decision {decision.decision_id} corrects run {corrected.run_id}, never classified",
                reason="decision_without_result",
            )
        classification, ref = await _overrule(work, known[0], known[1], decision, manifest)
        _note_routing(work, classification)
        message = DocumentClassified(
            run_id=manifest.run_id,
            route=classification.route,
            result=ref,
            reason=_code(classification),
            decided_by="human",
        )
        return Finding(ref, [(work.document_id, message)])


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
    )


async def _overrule(
    work: Work, classification: Classification, ref: ObjectRef, decision: Decision, manifest: RunManifest
) -> tuple[Classification, ObjectRef]:
    """Lay a person's decision over what the model found; a person's word stands until a person changes it."""
    key = stage_key(
        "gatekeeper", STAGE_VERSION, ref.sha256, decision.decision_id, sorted(manifest.release.bundles)
    )
    if decision.kind is DecisionKind.REJECTION:
        routing = Routing(Route.REJECT, RejectReason.NOT_A_DOCUMENT.value, ("rejected by a reviewer",))
        doc_type = classification.doc_type
    else:
        doc_type = decision.doc_type or classification.doc_type
        routing = Routing(Route.EXTRACT, None, (f"type: {doc_type}, decided by a reviewer",))
        if doc_type not in manifest.release.bundles:
            routing = Routing(
                Route.REVIEW, f"type {doc_type} is not set up in this release", routing.arithmetic
            )
    overruled = classification.model_copy(
        update={
            "doc_type": doc_type,
            "confidence": 1.0,
            "route": routing.route,
            "reason": routing.reason,
            "arithmetic": routing.arithmetic,
        }
    )
    return await keep_result(work.store, work.document_id, "gatekeeper", key, overruled)


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


def _code(classification: Classification) -> str | None:
    """Return the reason code that may travel in a message: words stay in the artifact."""
    return classification.reason if classification.route is Route.REJECT else None


def _note_routing(work: Work, classification: Classification) -> None:
    work.trail.step(
        "decision",
        "route",
        route=classification.route.value,
        doc_type=classification.doc_type,
        confidence=classification.confidence,
        reason=classification.reason,
        arithmetic=list(classification.arithmetic),
    )
