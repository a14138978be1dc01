"""Validation: consistent, true to the source, within the rules; it alone writes records.completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.decisions import of_document
from agents.stage import Finding, Stage, Work
from agents.validation.assemble import Assembler, Evidenced
from agents.validation.duplicates import copies_of
from agents.validation.whole import doubled
from schemas.canonical import derive_id
from schemas.classification import REJECT_SENTENCES, Classification, RejectReason
from schemas.decided import Decision
from schemas.documents import DocumentClassified, DocumentExtracted, Route
from schemas.errors import InvariantError, PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.records import DecisionKind, RecordCompleted, RecordStatus, ReviewDecided, ReviewRequested
from schemas.results import ArtifactKind, Coverage, Record
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.releases import RunManifest, load_run
from store.revisions import Revision, standing, take_revision
from store.stages import keep_result, outcomes_of, stage_key

NO_COVERAGE = Coverage(declared=0, with_value=0, absent=0)


@dataclass(frozen=True, slots=True)
class Validation:
    """The agent that decides what becomes of a record."""

    stage: Stage
    assembler: Assembler

    name = "validation"
    consumes: Sequence[type[Message]] = (DocumentClassified, DocumentExtracted, ReviewDecided)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Publish ``records.completed`` or ``reviews.requested``."""
        data = delivery.envelope.data
        match data:
            case DocumentClassified(route=Route.EXTRACT):
                return ()
            case ReviewDecided() if data.kind is not DecisionKind.FIELDS:
                return ()
            case DocumentClassified() | DocumentExtracted() | ReviewDecided():

                async def judge(work: Work) -> Finding:
                    return await self._judge(work, data)

                return await self.stage.run(
                    delivery, judge, document_id=delivery.envelope.subject, run_id=data.run_id
                )
        raise InvariantError(f"validation does not consume {delivery.envelope.type!r}")

    async def _judge(
        self, work: Work, data: DocumentClassified | DocumentExtracted | ReviewDecided
    ) -> Finding:
        manifest = await load_run(work.store, data.run_id)
        if isinstance(data, DocumentClassified):
            return await self._without_fields(work, manifest, data)
        if isinstance(data, ReviewDecided):
            return await self._decided(work, manifest, data)
        extraction = await get_artifact(work.store, data.result, ArtifactKind.EXTRACTION)
        work.trail.inputs["extraction"] = data.result
        found = Evidenced(extraction, data.result, data.classification)
        decisions = await of_document(work.store, work.document_id)
        fields = [d for d in decisions if d.kind is DecisionKind.FIELDS]
        return await self._conclude(work, manifest, found, fields)

    async def _without_fields(self, work: Work, manifest: RunManifest, data: DocumentClassified) -> Finding:
        """Turn a rejection, split or withdrawal into its record, and a doubtful type into a review."""
        if data.result is None:
            raise InvariantError(
                f"run {data.run_id} is routed to {data.route.value} without a classification"
            )
        classification = await get_artifact(work.store, data.result, ArtifactKind.CLASSIFICATION)
        work.trail.inputs["classification"] = data.result
        key = stage_key("validation", 2, data.result.sha256, data.route.value)
        copies = await copies_of(work.store, work.document_id, key) if data.route is Route.REVIEW else ()
        record = _bare_record(work.document_id, classification, data.result, data, copies)
        record, ref = await keep_result(work.store, work.document_id, "validation", key, record)
        work.trail.step("decision", "record", status=record.status, reasons=list(record.reasons))
        return await self._publish(work, manifest, record, ref, None)

    async def _decided(self, work: Work, manifest: RunManifest, data: ReviewDecided) -> Finding:
        """Lay a person's decision over the run it was made on, or over the standing revision."""
        decision = await get_artifact(work.store, data.decision, ArtifactKind.DECISION)
        work.trail.inputs["decision"] = data.decision
        await put_artifact(
            work.store, ArtifactKind.DECISION, keys.decision(work.document_id, decision.decision_id), decision
        )
        work.trail.step(
            "decision", "by a reviewer", decision=decision.decision_id, fields=len(decision.fields)
        )
        current = await standing(work.store, work.document_id)
        if current is not None and current.run_id != manifest.run_id:
            newer = await load_run(work.store, current.run_id)
            manifest = newer if newer.number > manifest.number else manifest
        found = await self._extraction_of(work, manifest)
        decisions = await of_document(work.store, work.document_id)
        fields = [d for d in decisions if d.kind is DecisionKind.FIELDS]
        return await self._conclude(work, manifest, found, fields, decision_id=decision.decision_id)

    async def _extraction_of(self, work: Work, manifest: RunManifest) -> Evidenced:
        for outcome in await outcomes_of(work.store, work.document_id, manifest.run_id, "extraction"):
            if outcome.result is not None:
                extraction = await get_artifact(work.store, outcome.result, ArtifactKind.EXTRACTION)
                return Evidenced(extraction, outcome.result, extraction.classification)
        raise PermanentError(
            f"run {manifest.run_id} has no extraction to decide fields of; decide its type first",
            reason="decision_without_result",
        )

    async def _conclude(
        self,
        work: Work,
        manifest: RunManifest,
        found: Evidenced,
        decisions: Sequence[Decision],
        *,
        decision_id: str | None = None,
    ) -> Finding:
        today = work.delivery.envelope.time.date()
        record, ref, computed = await self.assembler.record(work, manifest, found, decisions, today)
        finding = await self._publish(work, manifest, record, ref, decision_id)
        return finding if computed else Finding(finding.result, finding.messages, "reused")

    async def _publish(
        self, work: Work, manifest: RunManifest, record: Record, ref: ObjectRef, decision_id: str | None
    ) -> Finding:
        if record.status is None:
            review_id = derive_id("review", work.document_id, manifest.run_id, ref.sha256)
            message = ReviewRequested(review_id=review_id, run_id=manifest.run_id, record=ref)
            return Finding(ref, [(work.document_id, message)])

        async def of_a_newer_run(other: Revision) -> bool:
            if other.run_id == manifest.run_id:
                return False
            return (await load_run(work.store, other.run_id)).number > manifest.number

        revision = await take_revision(
            work.store,
            document_id=work.document_id,
            run_id=manifest.run_id,
            decision_id=decision_id,
            record=ref,
            status=record.status,
            gives_way=of_a_newer_run,
        )
        if revision.run_id != manifest.run_id:
            work.trail.step("decision", "superseded", standing_run=revision.run_id, revision=revision.number)
            return Finding(ref, [])
        work.trail.step("decision", "revision", number=revision.number, supersedes=revision.supersedes)
        completed = RecordCompleted(
            record_id=work.document_id,
            run_id=manifest.run_id,
            revision=revision.number,
            supersedes=revision.supersedes,
            status=record.status,
            record=ref,
            decision_id=decision_id,
            degraded=next((code.value for code in record.degradations), None),
        )
        return Finding(ref, [(work.document_id, completed)])


def _bare_record(
    document_id: str,
    classification: Classification,
    ref: ObjectRef,
    data: DocumentClassified,
    copies: tuple[str, ...],
) -> Record:
    """Return the record of a document that has no fields."""
    return Record(
        record_id=document_id,
        doc_type=classification.doc_type,
        status=_STATUS.get(data.route),
        classification=ref,
        coverage=NO_COVERAGE,
        reason=data.reason,
        duplicates=copies,
        reasons=(_why(classification, data.route), *doubled(copies, "the same file")),
        children=classification.children,
        left_out=classification.left_out,
    )


_STATUS = {
    Route.REJECT: RecordStatus.REJECTED,
    Route.SPLIT: RecordStatus.SPLIT,
    Route.WITHDRAW: RecordStatus.WITHDRAWN,
}


def _why(classification: Classification, route: Route) -> str:
    reason = classification.reason
    if route is Route.REVIEW:
        return reason or route.value
    if classification.arithmetic:
        return classification.arithmetic[0]
    return REJECT_SENTENCES[RejectReason(reason)] if reason in set(RejectReason) else reason or route.value
