"""Carrying out what people decided about a document's type, or that it is none."""

from __future__ import annotations

from typing import Literal

from agents.gatekeeper.routing import Routing
from agents.stage import Finding, Work
from schemas.documents import DocumentClassified, Route
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from schemas.records import DecisionKind, ReviewDecided
from schemas.results import ArtifactKind, Classification, Decision, RejectReason
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.releases import RunManifest
from store.stages import keep_result, outcomes_of, stage_key

STAGE_VERSION = 1
"""Raised when the same decision would be carried out in another way."""


async def carry_out(work: Work, decided: ReviewDecided, manifest: RunManifest) -> Finding:
    """Store the decision, lay it over what the corrected run found, and publish the result.

    Raises:
        PermanentError: The corrected run was never classified.
    """
    decision = await get_artifact(work.store, decided.decision, ArtifactKind.DECISION)
    work.trail.inputs["decision"] = decided.decision
    key = keys.decision(work.document_id, decision.decision_id)
    await put_artifact(work.store, ArtifactKind.DECISION, key, decision)
    corrected = await outcomes_of(work.store, work.document_id, decided.run_id, "gatekeeper")
    found = next((outcome.result for outcome in corrected if outcome.result is not None), None)
    if found is None:
        raise PermanentError(
            f"decision {decision.decision_id} corrects run {decided.run_id}, which was never classified",
            reason="decision_without_result",
        )
    classification = await get_artifact(work.store, found, ArtifactKind.CLASSIFICATION)
    classification, ref = await overrule(work, classification, found, decision, manifest)
    message = classified(work, manifest, classification, ref, decided_by="human")
    return Finding(ref, [(work.document_id, message)])


async def overrule(
    work: Work, classification: Classification, ref: ObjectRef, decision: Decision, manifest: RunManifest
) -> tuple[Classification, ObjectRef]:
    """Lay a decision over a classification; a person's word stands until a person changes it."""
    key = stage_key(
        "overrule", STAGE_VERSION, ref.sha256, decision.decision_id, sorted(manifest.release.bundles)
    )
    doc_type, routing = _routing(classification, decision, frozenset(manifest.release.bundles))
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


def _routing(
    classification: Classification, decision: Decision, known: frozenset[str]
) -> tuple[str, Routing]:
    if decision.kind is DecisionKind.REJECTION:
        reason = RejectReason.NOT_A_DOCUMENT.value
        return classification.doc_type, Routing(Route.REJECT, reason, ("rejected by a reviewer",))
    doc_type = decision.doc_type or classification.doc_type
    if classification.layout is None:
        # Nothing was read: knowing its type does not make it readable.
        return doc_type, Routing(classification.route, classification.reason, classification.arithmetic)
    said = f"type: {doc_type}, decided by a reviewer"
    if doc_type not in known:
        return doc_type, Routing(Route.REVIEW, f"type {doc_type} is not set up in this release", (said,))
    return doc_type, Routing(Route.EXTRACT, None, (said,))


def classified(
    work: Work,
    manifest: RunManifest,
    classification: Classification,
    ref: ObjectRef,
    *,
    decided_by: Literal["model", "human"],
) -> DocumentClassified:
    """Return the message that says where the document goes; words stay in the artifact and the trail."""
    work.trail.step(
        "decision",
        "route",
        route=classification.route.value,
        doc_type=classification.doc_type,
        confidence=classification.confidence,
        reason=classification.reason,
        arithmetic=list(classification.arithmetic),
    )
    return DocumentClassified(
        run_id=manifest.run_id,
        route=classification.route,
        result=ref,
        reason=classification.reason if classification.route is Route.REJECT else None,
        decided_by=decided_by,
    )
