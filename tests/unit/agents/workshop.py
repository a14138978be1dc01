"""The four agents on doubles that ship: a store in memory, a scripted model, a reader of plain lines."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.judging import Judge
from agents.intake.agent import Intake
from agents.intake.sources import ConfiguredSources, FolderSource
from agents.stage import Stage
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.router.table import RouterTable
from inference.scripted import ScriptedModel, tool_reply
from schemas.canonical import canonical_json, derive_id, sha256_hex, stored_json
from schemas.certificates import Certificate, Certificates
from schemas.decided import Decision
from schemas.documents import DocumentDropped
from schemas.handling import Delivery, Handler, Outgoing, Position, Try
from schemas.histories import ModelHistory
from schemas.layout_block import parse_block
from schemas.message import Message, encode, new_traceparent, seal
from schemas.objects import ObjectRef
from schemas.records import DecisionKind, ReviewDecided
from schemas.versions import decode
from store import keys
from store.bundles import publish_bundle, publish_model
from store.ledger import PayOnce
from store.memory import MemoryStore
from store.releases import Release, load_release, publish_release
from tests.unit.agents.line_reader import LineReader
from tests.unit.agents.slips import PROMPT, RULES, SCHEMA

T = TypeVar("T")


class OneTry:
    """A retry owner that tries once, for tests of what agents do with an answer."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        """Call and note the try."""
        answer = await function()
        self.tries.append(Try(name, len(self.tries) + 1, 0.0))
        return answer


@dataclass
class Workshop:
    """Everything a document meets, with a hand on the clock."""

    store: MemoryStore = field(default_factory=MemoryStore)
    reader: LineReader = field(default_factory=LineReader)
    types: tuple[str, ...] = ("slip",)
    prompt: str = PROMPT
    prompt_version: str = "1.0"
    rules: str = RULES
    threshold: float | None = 0.8
    named: str | None = None
    asking: dict[str, object] = field(default_factory=dict)
    history: ModelHistory | None = None
    router: RouterTable | None = None
    fallback: bool = False
    answers: dict[str, object] = field(default_factory=dict)
    published: list[Outgoing] = field(default_factory=list)
    time: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    offset: int = 0

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self._answer)
        self.restart()

    def restart(self) -> None:
        """Begin again with the same store: nothing is remembered but what is stored."""
        ledger, parts = PayOnce(), PinnedParts()
        self.handlers: tuple[Handler, ...] = (
            Intake(self._stage("intake"), self, ConfiguredSources(FolderSource(None, 1_000_000))),
            Gatekeeper(self._stage("gatekeeper"), self.reader, Judge(self.model, ledger, parts)),
            ExtractionAgent(
                self._stage("extraction"), FieldReader(self.model, ledger, self.reader, self.fallback), parts
            ),
            Validation(self._stage("validation"), Assembler(parts)),
        )

    def now(self) -> datetime:
        """Return a later moment at each call."""
        self.time += timedelta(seconds=1)
        return self.time

    def _stage(self, name: str) -> Stage:
        return Stage(name, self.store, self.now, "test")

    async def digest(self, now: datetime) -> str:
        """Publish the release of the workshop's present settings and return its digest."""
        certificates = Certificates(
            variant="v",
            certificates=tuple(self._certificate(name) for name in ("doc_type", "shop", "total", "note")),
        )
        parts = {
            "schema.json": json.dumps(SCHEMA).encode(),
            "prompt.md": self.prompt.format(version=self.prompt_version).encode(),
            "rules.py": self.rules.encode(),
            "model": b"variant",
            "thresholds.json": canonical_json(certificates),
            **({"model.json": canonical_json({"model": self.named, **self.asking})} if self.named else {}),
            **({"history.json": canonical_json(self.history)} if self.history else {}),
        }
        release = Release(
            bundles={name: await publish_bundle(self.store, name, parts) for name in self.types},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, canonical_json(certificates)),
            router=await publish_model(self.store, canonical_json(self.router)) if self.router else None,
        )
        return (await publish_release(self.store, release))[0]

    async def newest_release(self) -> Release:
        """Return the release of the present settings."""
        return await load_release(self.store, await self.digest(self.time))

    def _certificate(self, name: str) -> Certificate:
        return Certificate(
            field=name,
            target_error=0.02,
            threshold=self.threshold,
            decisions=200,
            errors=0,
            bound=0.015,
            needed=149,
            population="labelled",
        )

    def _answer(self, request: ModelRequest) -> ModelReply:
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        lines = [(line.id, line.text) for page in parse_block(block.text).pages for line in page.lines]
        if request.tool_choice == "classify_document":
            known = any(text.startswith("SLIP") for _, text in lines)
            answer: dict[str, Any] = {
                "doc_type": "slip" if known else "unknown",
                "confidence": 0.95,
                "novelty": 0.1,
            }
        else:
            asked = request.tools[0].input_schema["properties"]
            answer = {name: self._field(name, lines) for name in asked}
        return tool_reply(request.tool_choice or "", {**answer, **self.answers}, model=request.model)

    @staticmethod
    def _field(name: str, lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Read ``name: value`` or ``name? value``, the latter with little confidence."""
        for line, text in lines:
            for mark, confidence in ((": ", 0.97), ("? ", 0.4)):
                if text.startswith(name + mark):
                    value = text[len(name) + 2 :]
                    reading = {"value": value, "quote": value, "lines": [line]}
                    return {"readings": [reading], "confidence": confidence}
        return {"readings": [], "confidence": 0.99}

    async def submit(self, text: str | bytes, *, name: str = "slip.txt") -> str:
        """Drop a document, let it run to its end, and return its id."""
        document_id, outgoing = await self.drop(text, name=name)
        await self.drive([outgoing])
        return document_id

    async def drop(self, text: str | bytes, *, name: str = "slip.txt") -> tuple[str, Outgoing]:
        """Put a document into the inbox and return its id and message."""
        data = text.encode() if isinstance(text, str) else text
        document_id = sha256_hex(data)
        created = await self.store.create(keys.inbox_bytes(document_id), data)
        event_id = derive_id("drop", name, document_id)
        message = DocumentDropped(ref=created.ref, event_id=event_id)
        return document_id, self.message(message, event_id=event_id, subject=document_id)

    def message(self, message: Message, *, event_id: str, subject: str) -> Outgoing:
        """Return ``message`` as the bus would carry it."""
        envelope = seal(
            message,
            event_id=event_id,
            source="doctrail/test",
            subject=subject,
            time=self.now(),
            traceparent=new_traceparent(event_id),
        )
        return Outgoing(message.event, subject, event_id, encode(envelope))

    async def decide(self, decision: Decision) -> None:
        """Hand in a reviewer's decision and let it run to its end."""
        body = stored_json(decision)
        key = keys.review_draft(decision.document_id, decision.review_id)
        created = await self.store.create(key, body)
        message = ReviewDecided(
            decision_id=decision.decision_id,
            review_id=decision.review_id,
            run_id=decision.run_id,
            kind=decision.kind,
            decision=created.ref,
        )
        event_id = derive_id("decided", decision.decision_id)
        await self.drive([self.message(message, event_id=event_id, subject=decision.document_id)])

    async def drive(self, outgoing: Sequence[Outgoing]) -> None:
        """Deliver messages, and all that follow from them, to whoever consumes them."""
        waiting = deque(outgoing)
        while waiting:
            sent = waiting.popleft()
            for handler in self.handlers:
                if any(kind.event == sent.topic for kind in handler.consumes):
                    answer = await self.deliver(handler, sent)
                    self.published += answer
                    waiting += answer

    async def deliver(self, handler: Handler, sent: Outgoing) -> Sequence[Outgoing]:
        """Give one message to one handler."""
        self.offset += 1
        delivery = Delivery(decode(sent.topic, sent.body), Position(sent.topic, 0, self.offset), OneTry())
        return await handler.handle(delivery)

    def handler(self, name: str) -> Handler:
        """Return the agent called ``name``."""
        return next(handler for handler in self.handlers if handler.name == name)

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Return the payloads published to ``topic`` so far."""
        return [json.loads(sent.body)["data"] for sent in self.published if sent.topic == topic]

    async def read(self, ref: object) -> dict[str, Any]:
        """Return the JSON artifact that a message refers to."""
        value: dict[str, Any] = json.loads(await self.store.read(ObjectRef.model_validate(ref)))
        return value


def decision(workshop: Workshop, document_id: str, **changes: object) -> Decision:
    """Return what a reviewer decides about the newest review or record; ``changes`` say what."""
    request = (workshop.events("reviews.requested") or workshop.events("records.completed"))[-1]
    base = Decision(
        decision_id=derive_id("decision", document_id, str(sorted(changes))),
        review_id=str(request.get("review_id", derive_id("audit", document_id))),
        document_id=document_id,
        run_id=str(request["run_id"]),
        kind=DecisionKind.FIELDS,
        reviewer="ann",
        decided_at="2026-11-21T10:00:00Z",
    )
    return base.model_copy(update=changes)
