"""The Gatekeeper: reads a document, says what it is and how sure that is, and routes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from agents.decisions import of_document
from agents.gatekeeper.children import DecidedBy, Packet, children_messages
from agents.gatekeeper.cutting import cut_of, read_cut
from agents.gatekeeper.judging import Judge
from agents.gatekeeper.logs import detected_by
from agents.gatekeeper.overrule import classified, overrule
from agents.gatekeeper.reading import Reader, read_once
from agents.repaying import repaying
from agents.stage import Ended, Finding, Stage, Work
from pages.reader import READER_VERSION
from schemas.classification import Classification
from schemas.documents import DocumentSubmitted
from schemas.errors import PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.message import Message
from schemas.records import DecisionKind, ReviewDecided
from schemas.results import ArtifactKind
from schemas.versions import payload_as
from store import keys
from store.artifacts import get_artifact, put_artifact
from store.children import holding
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
    """

    stage: Stage
    reader: Reader
    judge: Judge
    max_depth: int = 5

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
            found = await self.judge.look(work, manifest, reading, layout, family, part=cut is not None)
            classification, ref = await keep_result(work.store, work.document_id, "gatekeeper", key, found)
        else:
            classification, ref = known
        decisions = [
            d for d in await of_document(work.store, work.document_id) if d.kind is not DecisionKind.FIELDS
        ]
        decided_by: DecidedBy = "human" if decisions else "model"
        if decisions:
            as_one = partial(self.judge.as_one, work, manifest)
            classification, ref = await overrule(work, classification, ref, decisions[-1], manifest, as_one)
        packet = Packet(classification, ref, submitted.submission_id, decided_by)
        return await _conclude(work, manifest, packet, "computed" if known is None else "reused")

    async def _may_unpack(self, work: Work) -> bool:
        """Whether the document lies so far up that it may be opened, if it is a container."""
        return (await holding(work.store, work.document_id)).depth < self.max_depth

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
            partial(self.judge.as_one, work, manifest),
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
