"""A production in memory: documents through the agents, told of by people, evaluated by the same agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.stage import Stage
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from evals.running import Runner
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from evals.variants import Variant, Variants
from inference.protocol import ModelReply, ModelRequest
from inference.scripted import ScriptedModel, tool_reply
from inference.tools.toolbox import Toolbox
from schemas.handling import Handler
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.artifacts import get_artifact
from store.bundles import publish_bundle
from store.ledger import PayOnce
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry, Statement
from store.releases import Release, load_release
from store.revisions import standing
from tests.unit.agents.workshop import OneTry, Workshop
from tests.unit.evals.made import wanted


@dataclass
class Bench:
    """A workshop whose documents were reviewed, with agents to evaluate variants by."""

    workshop: Workshop = field(default_factory=Workshop)
    parts: PinnedParts = field(default_factory=PinnedParts)
    asked: list[str] = field(default_factory=list)
    toolbox: Toolbox | None = None

    async def go_live(self) -> Release:
        """Declare the workshop's release live."""
        digest = await self.workshop.digest(self.workshop.now())
        statement = Statement(at=self.workshop.now(), what=digest, mark="approved", by="anna")
        await Registry(self.store).append(RELEASE_SLOT, statement)
        return await load_release(self.store, digest)

    @property
    def store(self) -> ObjectStore:
        """The workshop's store."""
        return self.workshop.store

    async def submit(self, total: str = "9.00", *, shop: str = "Corner Bakery Ltd", sure: bool = True) -> str:
        """Let a slip run to its end and return its document id."""
        mark = ":" if sure else "?"
        return await self.workshop.submit(f"SLIP\nshop: {shop}\ntotal{mark} {total}\n")

    async def told(self, document_id: str, total: str | None, **changes: object) -> ReviewedRecord:
        """What a person says of an accepted record: its total, and that the rest is right."""
        revision = await standing(self.store, document_id)
        assert revision is not None
        record: Record = await get_artifact(self.store, revision.record, ArtifactKind.RECORD)
        found = await get_artifact(self.store, record.classification, ArtifactKind.CLASSIFICATION)
        release = await load_release(self.store, await self.workshop.digest(self.workshop.now()))
        base = ReviewedRecord(
            document_id=document_id,
            run_id=revision.run_id,
            decision_id=f"decision-{document_id[:12]}",
            doc_type="slip",
            schema_digest=release.bundles["slip"].parts["schema.json"].sha256,
            family=document_id,
            layout=found.layout,
            lane="audit",
            reviewer="r1",
            reviewed_at=self.workshop.now() - timedelta(hours=1),
            record=ObjectRef.model_validate(revision.record.model_dump()),
            fields=tuple(_said(f.field.name, f.field.value, total) for f in record.fields),
        )
        return base.model_copy(update=changes)

    def runner(self, release: Release, answers: dict[str, object] | None = None) -> Runner:
        """Return who runs variants; ``answers`` is what the model says whatever it reads."""

        def reply(request: ModelRequest) -> ModelReply:
            self.asked.append(request.model)
            if answers is None:
                return self.workshop._answer(request)
            return tool_reply(request.tool_choice or "", answers, model=request.model)

        model = ScriptedModel(reply)

        def agents(store: ObjectStore) -> Sequence[Handler]:
            def stage(name: str) -> Stage:
                return Stage(name, store, self.workshop.now, "test")

            reader = FieldReader(model, PayOnce(), self.workshop.reader, fallback=False)
            return (
                ExtractionAgent(stage("extraction"), reader, self.parts, self.toolbox),
                Validation(stage("validation"), Assembler(self.parts, self.toolbox)),
            )

        return Runner(self.store, agents, OneTry, release, self.workshop.now)

    async def challenger(self, prompt_version: str = "2.0") -> Variant:
        """Publish a variant of another prompt; nothing goes live by it."""
        live = await Variants(self.store, self.parts).live("slip")
        parts = {name: await self.store.read(ref) for name, ref in live.bundle.parts.items()}
        parts["prompt.md"] = parts["prompt.md"].replace(
            b"version: 1.0", f"version: {prompt_version}".encode()
        )
        return await Variants(self.store, self.parts).of(await publish_bundle(self.store, "slip", parts))


async def ready(count: int = 4) -> tuple[Bench, list[SetRecord]]:
    """Return a bench with reviewed documents, and the set that is built of them."""
    bench = Bench()
    await bench.go_live()
    variant = await Variants(bench.store, bench.parts).live("slip")
    said = []
    for number in range(count):
        document_id = await bench.submit(f"{number + 1}.00")
        # Of the last one a person found another total.
        said.append(await bench.told(document_id, "77.00" if number == count - 1 else f"{number + 1}.00"))
    schemas = {said[0].schema_digest: variant.doc_type}
    made = build(truths_of(said), schemas, wanted(now=bench.workshop.now(), mix={"slip": 1.0}))
    return bench, list(made.records)


def _said(name: str, value: str | None, total: str | None) -> ReviewedField:
    told = total if name == "total" else value
    if told is None:
        return ReviewedField(name=name, state=ReviewedState.ABSENT, inclusion=0.02)
    return ReviewedField(
        name=name, state=ReviewedState.CONFIRMED, values=(told,), raws=(told,), inclusion=0.02
    )
