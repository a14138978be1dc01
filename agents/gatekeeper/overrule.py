"""Carrying out what people decided: a document's type, that it is none, or where a packet is split."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from agents.gatekeeper.routing import Routing
from agents.stage import Work
from schemas.classification import Classification, RejectReason
from schemas.decided import Decision
from schemas.documents import DocumentClassified, Route
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from schemas.packets import PACKET_TYPE, page_children, ranges_problem
from schemas.records import DecisionKind
from store.releases import RunManifest
from store.stages import keep_result, stage_key

STAGE_VERSION = 2
"""Raised when the same decision would be carried out in another way."""

AsOne = Callable[[Classification], Awaitable[Classification]]
"""Judges a document anew that a person says is one, however it was split before."""


async def overrule(
    work: Work,
    classification: Classification,
    ref: ObjectRef,
    decision: Decision,
    manifest: RunManifest,
    as_one: AsOne,
) -> tuple[Classification, ObjectRef]:
    """Lay a decision over a classification; a person's word stands until a person changes it.

    Raises:
        PermanentError: A split that the document's pages don't allow.
    """
    key = stage_key(
        "overrule", STAGE_VERSION, ref.sha256, decision.decision_id, sorted(manifest.release.bundles)
    )
    if decision.kind is DecisionKind.SPLIT:
        overruled = await _split(classification, decision, as_one)
    elif classification.layout is None and decision.kind is DecisionKind.TYPE:
        # Nothing was read: knowing its type does not make it readable.
        overruled = classification
    else:
        doc_type, routing = _routing(classification, decision, frozenset(manifest.release.bundles))
        overruled = _routed(classification, doc_type, routing)
    return await keep_result(work.store, work.document_id, "gatekeeper", key, overruled)


async def _split(classification: Classification, decision: Decision, as_one: AsOne) -> Classification:
    problem = ranges_problem(decision.ranges, classification.page_count)
    if problem is None and classification.layout is None:
        problem = "the document's pages could not be read"
    if problem is not None:
        raise PermanentError(
            f"decision {decision.decision_id} can't be carried out: {problem}", reason="split_ranges"
        )
    if len(decision.ranges) == 1:
        return await as_one(classification)
    said = f"split into {len(decision.ranges)} documents by a reviewer"
    routed = _routed(classification, PACKET_TYPE, Routing(Route.SPLIT, None, (said,)))
    children = page_children(classification.document_id, decision.ranges)
    return routed.model_copy(update={"children": children})


def _routed(classification: Classification, doc_type: str, routing: Routing) -> Classification:
    return classification.model_copy(
        update={
            "doc_type": doc_type,
            "confidence": 1.0,
            "route": routing.route,
            "reason": routing.reason,
            "arithmetic": routing.arithmetic,
            "children": (),
            "proposed": (),
        }
    )


def _routing(
    classification: Classification, decision: Decision, known: frozenset[str]
) -> tuple[str, Routing]:
    if decision.kind is DecisionKind.REJECTION:
        reason = RejectReason.NOT_A_DOCUMENT.value
        return classification.doc_type, Routing(Route.REJECT, reason, ("rejected by a reviewer",))
    doc_type = decision.doc_type or classification.doc_type
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
