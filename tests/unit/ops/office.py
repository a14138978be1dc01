"""A made-up office: drives the real store functions as the agents do, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from agents.gatekeeper.reading import DocumentReading
from bus.dead_letters import Failure, bury, identify
from bus.protocol import Record as BusRecord
from schemas.canonical import canonical_json, derive_id
from schemas.certificates import Certificates
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.documents import DocumentClassified, DocumentExtracted, DocumentSubmitted, Route
from schemas.handling import Delivery, Position, Try
from schemas.layout import Layout
from schemas.message import Message, encode
from schemas.objects import ObjectRef
from schemas.records import DeadLetterClass, ReviewDecided
from schemas.results import ArtifactKind, Extraction, Record
from schemas.versions import decode
from store import keys
from store.artifacts import put_artifact
from store.bundles import publish_bundle, publish_model
from store.ledger import keep_reply
from store.protocol import ObjectStore
from store.releases import Release, RunManifest, open_run, publish_release
from store.stages import Outcome, keep_result, settle
from store.submissions import submission_id_of
from store.trail import Trail
from tests.unit.ops.clock import Clock, Tries
from tests.unit.ops.people import Event, decide, force, offer
from tests.unit.ops.said import conclude, exchange, resting_on


@dataclass(slots=True)
class Office:
    """Takes documents through the stages, one call a stage.

    Attributes:
        offsets: The next offset of each topic.
    """

    store: ObjectStore
    release: Release
    release_digest: str
    clock: Clock = field(default_factory=Clock)
    offsets: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def open(
        cls, store: ObjectStore, certificates: Certificates, *, prompt: bytes = b"prompt 3"
    ) -> Office:
        """Publish a release with the one type ``receipt``."""
        parts = {
            "schema.json": files("doctypes").joinpath("receipt", "schema.json").read_bytes(),
            "prompt.md": prompt,
            "rules.py": b"",
            "model": b"model",
            "thresholds.json": canonical_json(certificates),
        }
        bundle = await publish_bundle(store, "receipt", parts)
        classifier = await publish_model(store, b"classifier")
        thresholds = await publish_model(store, b"{}")
        release = Release(
            bundles={"receipt": bundle},
            classifier=classifier,
            classifier_thresholds=thresholds,
            accept_generated_certificates=False,
        )
        release_digest, _ = await publish_release(store, release)
        return cls(store, release, release_digest)

    async def submits(self, data: bytes, name: str) -> tuple[RunManifest, Event]:
        """Put a file into the inbox and let intake take it in; returns the run and what intake sends."""
        document_id, event = await self.offers(data, name)
        submission_id = submission_id_of(keys.inbox_bytes(document_id), document_id, event.id)
        return await self.opens(document_id, len(data), "first", event, submission_id=submission_id)

    async def offers(self, data: bytes, name: str) -> tuple[str, Event]:
        """Put a file into the inbox and let intake store it; returns its id and the event that offers it."""
        return await offer(self.store, data, name, release_digest=self.release_digest, now=self.clock.now())

    async def opens(
        self,
        document_id: str,
        size: int,
        cause: str,
        event: Event,
        *,
        submission_id: str | None = None,
    ) -> tuple[RunManifest, Event]:
        """Let intake open a run for a cause."""
        manifest = await self.pins(document_id, cause, event)
        original = ObjectRef(
            uri=keys.original(document_id),
            sha256=document_id,
            size=size,
            media_type="application/octet-stream",
        )
        delivery, trail = self.takes("intake", manifest, event)
        trail.inputs["original"] = original
        trail.step(
            "decision", "run pinned", release=self.release_digest, run_cause=cause, submission=submission_id
        )
        self.clock.passes(0.012)
        await trail.close(self.store, "computed")
        message = DocumentSubmitted(
            run_id=manifest.run_id, run_cause=cause, submission_id=submission_id, original=original
        )
        return manifest, await self.settles(delivery, manifest, "intake", None, message)

    async def pins(self, document_id: str, cause: str, event: Event) -> RunManifest:
        """Open a run."""
        return await open_run(
            self.store,
            document_id=document_id,
            cause=cause,
            release_digest=self.release_digest,
            release=self.release,
            opened_by=event.id,
        )

    def takes(
        self, stage: str, manifest: RunManifest, event: Event, tries: Sequence[Try] = ()
    ) -> tuple[Delivery, Trail]:
        """Begin an attempt of a stage."""
        topic = event.type.rpartition(".v")[0]
        offset = self.offsets.get(topic, 0)
        self.offsets[topic] = offset + 1
        delivery = Delivery(event, Position(topic, 0, offset), Tries(list(tries)))
        trail = Trail(
            document_id=manifest.document_id,
            run_id=manifest.run_id,
            stage=stage,
            delivery=delivery,
            code_version="test",
            now=self.clock.now,
            clock=self.clock.seconds,
        )
        return delivery, trail

    async def settles(
        self,
        delivery: Delivery,
        manifest: RunManifest,
        stage: str,
        result: ObjectRef | None,
        *messages: Message,
    ) -> Event:
        """Write the outcome of an attempt and return the first event it sends (or the one it heard)."""
        outcome: Outcome = await settle(
            self.store,
            delivery,
            document_id=manifest.document_id,
            run_id=manifest.run_id,
            stage=stage,
            result=result,
            messages=[(manifest.document_id, message) for message in messages],
            now=self.clock.now(),
        )
        if not outcome.messages:
            return delivery.envelope
        return decode(outcome.messages[0].topic, outcome.messages[0].body.encode())

    async def classifies(
        self, manifest: RunManifest, event: Event, found: Classification, layout: Layout | None
    ) -> Event:
        """Let the Gatekeeper find ``found``."""
        delivery, trail = self.takes("gatekeeper", manifest, event)
        trail.inputs["original"] = event.data.original  # type: ignore[attr-defined]  # documents.submitted
        self.clock.passes(0.5)
        if layout is not None:
            key = keys.artifact(manifest.document_id, "layout", "a1" * 32, "layout.json")
            ref = await put_artifact(self.store, ArtifactKind.LAYOUT, key, layout)
            reading = DocumentReading(media_type=found.media_type, page_count=found.page_count, layout=ref)
            await keep_result(self.store, manifest.document_id, "reading", "a1" * 32, reading)
            found = found.model_copy(update={"layout": ref})
            trail.outputs["layout"] = ref
        trail.step("read", found.media_type, seconds=0.5, pages=found.page_count, reader_version=1)
        self.clock.passes(0.31)
        await self.store.create(keys.family(manifest.document_id), manifest.document_id.encode())
        key = derive_id("gatekeeper", manifest.release_digest)
        _, result = await keep_result(self.store, manifest.document_id, "gatekeeper", key, found)
        trail.step("decision", "route", route=found.route.value, arithmetic=list(found.arithmetic))
        trail.outputs["result"] = result
        await trail.close(self.store, "computed")
        message = DocumentClassified(
            run_id=manifest.run_id,
            route=found.route,
            result=result,
            reason=found.reason if found.route is Route.REJECT else None,
        )
        return await self.settles(delivery, manifest, "gatekeeper", result, message)

    async def extracts(
        self,
        manifest: RunManifest,
        event: Event,
        found: Extraction,
        layout: Layout,
        tries: Sequence[Try] = (),
    ) -> Event:
        """Let Extraction find ``found``, asking a model once."""
        delivery, trail = self.takes("extraction", manifest, event, tries)
        classification = event.data.result  # type: ignore[attr-defined]  # documents.classified
        trail.inputs["classification"] = classification
        request, reply = exchange(found.model, layout)
        trail.step("prompt", found.model, request=request.digest, tool="record_fields", system=request.system)
        self.clock.passes(0.24)
        known = {"request": request.model_dump(mode="json"), "reply": reply.model_dump(mode="json")}
        kept = await keep_reply(self.store, manifest.document_id, request.digest, canonical_json(known))
        trail.outputs["reply"] = kept.ref
        trail.tokens = (310, 42)
        trail.step("reply", found.model, seconds=0.24, stop_reason="tool_use", from_ledger=False)
        trail.step(
            "tool", "vendors.lookup", seconds=0.01, arguments={"name": "ACME"}, answer="no such vendor"
        )
        found = found.model_copy(update={"reply": kept.ref, "classification": classification})
        key = derive_id("extraction", manifest.release_digest)
        _, result = await keep_result(self.store, manifest.document_id, "extraction", key, found)
        trail.outputs["result"] = result
        await trail.close(self.store, "computed")
        message = DocumentExtracted(run_id=manifest.run_id, result=result, classification=classification)
        return await self.settles(delivery, manifest, "extraction", result, message)

    async def fails(
        self, stage: str, manifest: RunManifest, event: Event, error: str, tries: Sequence[Try]
    ) -> None:
        """Let an attempt of a stage fail."""
        _, trail = self.takes(stage, manifest, event, tries)
        self.clock.passes(sum(t.seconds + (t.waited or 0.0) for t in tries))
        await trail.close(self.store, "failed", error=error)

    async def buries(
        self, event: Event, stage: str, sentence: str, *, reason: str = "exhausted", attempts: int = 4
    ) -> None:
        """Give up on an event as the worker loop does."""
        topic = event.type.rpartition(".v")[0]
        record = BusRecord(
            topic, 0, self.offsets.get(topic, 1) - 1, event.subject, encode(event), self.clock.now()
        )
        failure = Failure(DeadLetterClass.EXHAUSTED, reason, sentence, attempts)
        await bury(self.store, record, identify(record, event), failure, agent=stage, now=self.clock.now())

    async def validates(
        self,
        manifest: RunManifest,
        event: Event,
        record: Record,
        *,
        decision_id: str | None = None,
    ) -> Event:
        """Let Validation conclude ``record``: completed where it has a status, else to review."""
        delivery, trail = self.takes("validation", manifest, event)
        self.clock.passes(0.03)
        data = event.data
        name = (
            "decision"
            if decision_id
            else "extraction"
            if isinstance(data, DocumentExtracted)
            else "classification"
        )
        trail.inputs[name] = data.decision if isinstance(data, ReviewDecided) else data.result  # type: ignore[attr-defined]
        record = resting_on(data, record)
        key = derive_id("validation", manifest.release_digest, decision_id or "")
        _, result = await keep_result(self.store, manifest.document_id, "validation", key, record)
        trail.outputs["result"] = result
        for rule in record.rules:
            trail.step("rule", rule.rule, verdict=rule.verdict.value, explanation=rule.explanation)
        await trail.close(self.store, "computed")
        message = await conclude(self.store, manifest, result, record, decision_id)
        return await self.settles(delivery, manifest, "validation", result, message)

    async def decides(self, requested: Event, decision: Decision) -> Event:
        """Let a person hand in a decision and return the event that carries it to the agents."""
        return await decide(self.store, requested, decision, now=self.clock.now())

    async def keeps_decision(self, manifest: RunManifest, decision: Decision) -> None:
        """Store a decision as the agent that takes it up does."""
        key = keys.decision(manifest.document_id, decision.decision_id)
        await put_artifact(self.store, ArtifactKind.DECISION, key, decision)

    async def run_again(
        self, document_id: str, what: str = "again", size: int = 9
    ) -> tuple[RunManifest, Event]:
        """Let a force open another run."""
        cause_id, event = await force(
            self.store, document_id, what, release_digest=self.release_digest, now=self.clock.now()
        )
        return await self.opens(document_id, size, cause_id, event)
