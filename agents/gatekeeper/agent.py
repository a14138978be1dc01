"""The Gatekeeper: reads a document, says what it is and how sure that is, and routes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.asking import DeclinedError, answered
from agents.bundles import PinnedParts
from agents.decisions import of_document
from agents.gatekeeper import classify
from agents.gatekeeper.children import DecidedBy, Packet, children_messages
from agents.gatekeeper.cutting import cut_of, read_cut
from agents.gatekeeper.einvoices import stated_answer, with_attached
from agents.gatekeeper.logs import LogDetector, detected_by
from agents.gatekeeper.overrule import AsOne, classified, overrule
from agents.gatekeeper.reading import DocumentReading, Reader, read_once
from agents.gatekeeper.routing import Limits, route
from agents.gatekeeper.splitting import may_hold_several, seen_as_one, split_of, taken_apart
from agents.instructions import instruction_lines, instruction_notes, without
from agents.repaying import repaying
from agents.stage import Ended, Finding, Stage, Work
from inference.protocol import ModelClient
from pages.reader import READER_VERSION
from schemas.classification import REJECT_SENTENCES, UNKNOWN_TYPE, Classification, RejectReason
from schemas.documents import DocumentSubmitted, Route
from schemas.errors import InvariantError, PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.layout import Layout
from schemas.message import Message
from schemas.packets import PACKET_TYPE
from schemas.records import DecisionKind, ReviewDecided
from schemas.results import ArtifactKind
from schemas.versions import payload_as
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.children import holding
from store.ledger import PayOnce
from store.releases import RunManifest, load_run, open_run
from store.retrying import RetryingStore
from store.stages import keep_result, outcomes_of, recall_result, stage_key

STAGE_VERSION = 8
"""Raised when the same inputs would give another classification."""


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The agent that classifies, lets the parts of packets in, and carries out what people decide of both.

    Attributes:
        max_depth: Containers within containers that are opened, one inside the other.
        logs: Who knows a well log by its looks; None where nobody draws pages.
    """

    stage: Stage
    reader: Reader
    client: ModelClient
    ledger: PayOnce
    parts: PinnedParts
    max_depth: int = 5
    logs: LogDetector | None = None

    name = "gatekeeper"
    consumes: Sequence[type[Message]] = (DocumentSubmitted, ReviewDecided)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Publish ``documents.classified`` for a submitted document or a decision about its type."""
        document_id = delivery.envelope.subject
        if isinstance(delivery.envelope.data, ReviewDecided):
            return await self._decided(delivery, document_id)
        submitted: DocumentSubmitted = payload_as(delivery.envelope, DocumentSubmitted)
        if submitted.known:
            return ()

        async def judge(work: Work) -> Finding:
            return await self._classify(work, submitted)

        return await self.stage.run(delivery, judge, document_id=document_id, run_id=submitted.run_id)

    async def _classify(self, work: Work, submitted: DocumentSubmitted) -> Finding:
        manifest = await load_run(work.store, submitted.run_id)
        work = repaying(work, manifest)
        work.trail.inputs["original"] = submitted.original
        cut = await cut_of(work, submitted)
        unpack = submitted.parent is None or await self._may_unpack(work)
        more = (*(() if unpack else ("closed",)), *((work.repaid,) if work.repaid else ()))
        key = _key(manifest, *more, *(cut.identity if cut else ()))
        known = await recall_result(work.store, work.document_id, "gatekeeper", key, Classification)
        if known is None:
            read = (
                read_cut(work, cut)
                if cut
                else read_once(work, self.reader, submitted.original, unpack=unpack)
            )
            reading, layout = await read
            family = await _family(work, submitted)
            found = await self._look(work, manifest, reading, layout, family, part=cut is not None)
            classification, ref = await keep_result(work.store, work.document_id, "gatekeeper", key, found)
        else:
            classification, ref = known
        decisions = [
            d for d in await of_document(work.store, work.document_id) if d.kind is not DecisionKind.FIELDS
        ]
        decided_by: DecidedBy = "human" if decisions else "model"
        if decisions:
            as_one = self._as_one(work, manifest)
            classification, ref = await overrule(work, classification, ref, decisions[-1], manifest, as_one)
        packet = Packet(classification, ref, submitted.submission_id, decided_by)
        return await _conclude(work, manifest, packet, "computed" if known is None else "reused")

    async def _may_unpack(self, work: Work) -> bool:
        """Whether the document lies so far up that it may be opened, if it is a container."""
        return (await holding(work.store, work.document_id)).depth < self.max_depth

    async def _look(
        self,
        work: Work,
        manifest: RunManifest,
        reading: DocumentReading,
        layout: Layout | None,
        family: str,
        *,
        part: bool,
    ) -> Classification:
        if reading.refused is not None:
            return _rejected(work.document_id, reading, reading.refused, family)
        if layout is None and (reading.children or reading.left_out):
            return _opened(work.document_id, reading, family)
        if layout is None or not any(page.lines for page in layout.pages):
            return _rejected(work.document_id, reading, RejectReason.NO_TEXT, family)
        # A range of pages was cut where its documents part: it is one.
        if part or not may_hold_several(reading.media_type, layout):
            return await self._judge(work, manifest, reading, layout, family)
        return await self._take_apart(work, manifest, reading, layout, family)

    async def _take_apart(
        self, work: Work, manifest: RunManifest, reading: DocumentReading, layout: Layout, family: str
    ) -> Classification:
        """Say of a file of several pages what documents it holds, or that it is one and which."""
        seen = without(layout, instruction_lines(layout))
        split = await split_of(work, self.ledger, self.client, self.parts, seen, manifest.release)
        if split is not None and split.settled and len(split.ranges) > 1:
            return taken_apart(split, _read(work.document_id, reading, layout, family))
        judged = await self._judge(work, manifest, reading, layout, family)
        return judged if split is None else seen_as_one(split, judged)

    async def _judge(
        self, work: Work, manifest: RunManifest, reading: DocumentReading, layout: Layout, family: str
    ) -> Classification:
        """Say of a document that was read what type it is, and where it goes."""
        if reading.quality is None:
            raise InvariantError(f"document {work.document_id} was read without its quality")
        planted = instruction_lines(layout)
        certified_by = manifest.release.classifier_thresholds
        answer = stated_answer(layout, manifest.release.bundles)
        if answer is None and self.logs is not None:
            seen = await self.logs.seen(work, layout, manifest.release)
            answer, certified_by = seen or (None, certified_by)
        if answer is None:
            answer = await self._ask(work, without(layout, planted), manifest)
        found = with_attached(answer, layout, manifest.release.bundles)
        certificates = await self.parts.certificates(work.store, certified_by)
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

    def _as_one(self, work: Work, manifest: RunManifest) -> AsOne:
        """Return what judges a document that a person says is one, by what was read of it."""

        async def judge(found: Classification) -> Classification:
            if found.layout is None:
                raise InvariantError(f"document {work.document_id} has no pages to judge")
            reading = DocumentReading(
                media_type=found.media_type,
                page_count=found.page_count,
                layout=found.layout,
                quality=found.quality,
            )
            layout = await get_artifact(work.store, found.layout, ArtifactKind.LAYOUT)
            return await self._judge(work, manifest, reading, layout, found.family)

        return judge

    async def _ask(self, work: Work, layout: Layout, manifest: RunManifest) -> dict[str, Any]:
        request = classify.request(layout, model=f"local:{manifest.release.classifier.sha256}")
        try:
            return (await answered(work, self.ledger, self.client, request)).answer
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            return classify.DECLINED

    async def _decided(self, delivery: Delivery, document_id: str) -> Sequence[Outgoing]:
        decided: ReviewDecided = payload_as(delivery.envelope, ReviewDecided)
        if decided.kind is DecisionKind.FIELDS:
            return ()
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
            return await self._carry_out(work, decided, manifest)

        return await self.stage.run(delivery, judge, document_id=document_id, run_id=manifest.run_id)

    async def _carry_out(self, work: Work, decided: ReviewDecided, manifest: RunManifest) -> Finding:
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
        classification, ref = await overrule(
            work,
            await get_artifact(work.store, found, ArtifactKind.CLASSIFICATION),
            found,
            decision,
            manifest,
            self._as_one(work, manifest),
        )
        packet = Packet(classification, ref, None, "human", corrected=True)
        return await _conclude(work, manifest, packet, "computed")


async def _conclude(work: Work, manifest: RunManifest, packet: Packet, ended: Ended) -> Finding:
    """Say where the document goes, and let in what it holds."""
    own = classified(work, manifest, packet.classification, packet.result, decided_by=packet.decided_by)
    parts = await children_messages(work, manifest, packet)
    return Finding(packet.result, [(work.document_id, own), *parts], ended)


def _key(manifest: RunManifest, *others: object) -> str:
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
        *((release.splitter.sha256,) if release.splitter else ()),
        *((release.splitter_thresholds.sha256,) if release.splitter_thresholds else ()),
        *detected_by(release),
        *others,
    )


async def _family(work: Work, submitted: DocumentSubmitted) -> str:
    """Return the document's pool family, its packet's for a part; assigned once."""
    own = work.document_id.encode()
    if submitted.parent is not None:
        # The packet's Gatekeeper wrote the part's family; this is for messages older than that.
        own = await work.store.fetch(keys.family(submitted.parent.document_id)) or own
    key = keys.family(work.document_id)
    return (await work.store.create(key, own, media_type="text/plain")).data.decode()


def _opened(document_id: str, reading: DocumentReading, family: str) -> Classification:
    """Return what becomes of a container: each of its parts is a document; one without parts is none."""
    count = len(reading.children)
    said = f"holds {count} document{'' if count == 1 else 's'}, {len(reading.left_out)} left out"
    if not count:
        empty = reading.model_copy(update={"sentence": "nothing in it is a document of its own"})
        rejected = _rejected(document_id, empty, RejectReason.EMPTY, family)
        return rejected.model_copy(update={"left_out": reading.left_out})
    return Classification(
        document_id=document_id,
        media_type=reading.media_type,
        page_count=0,
        doc_type=PACKET_TYPE,
        confidence=1.0,
        route=Route.SPLIT,
        arithmetic=(said,),
        family=family,
        children=reading.children,
        left_out=reading.left_out,
    )


def _read(document_id: str, reading: DocumentReading, layout: Layout, family: str) -> Classification:
    """Return what is known of a file before anything is made of it."""
    return Classification(
        document_id=document_id,
        media_type=reading.media_type,
        page_count=reading.page_count,
        doc_type=UNKNOWN_TYPE,
        confidence=0.0,
        quality=reading.quality,
        layout=reading.layout,
        notes=(*layout.notes, *instruction_notes(layout, instruction_lines(layout))),
        route=Route.REVIEW,
        family=family,
    )


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
