"""An installation with a past: bills come in day by day, are read, judged and audited, as they would be."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from catalog.database import Catalog
from catalog.projector import Projector
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.scripted import tool_reply
from ops.audit.hand_offs import Monitoring
from pages.reader import ReadDocument, Refusal, Unpacked
from schemas.canonical import canonical_json, derive_id
from schemas.certificates import Certificates
from schemas.decided import DecidedField, Decision
from schemas.handling import Delivery, Handler, Outgoing, Position, Try
from schemas.layout_block import parse_block
from schemas.records import DecisionKind
from schemas.versions import decode
from store import keys
from store.bundles import publish_bundle, publish_model
from store.releases import Release, publish_release
from tests.planted.bills import NAMES, PROMPT, RULES, SCHEMA, VENDORS
from tests.unit.agents.line_reader import LineReader
from tests.unit.agents.workshop import OneTry, Workshop

FIRST_DAY = date(2026, 3, 2)
"""A Monday."""


@dataclass
class Fault:
    """Something that goes wrong, and what the audit should call it.

    Attributes:
        expected: Checks by which it counts as found; the first-named finding must be one of them.
        text: Changes what is printed (by label; ``lines`` as amounts).
        answer: Changes what the model records.
        world: Changes the installation itself, while it lasts.
        day: Does something at the end of each day.
        count: Documents of a day, from the usual number.
        monitoring: What the audit is told of alerts and reference data.
    """

    name: str
    expected: tuple[str, ...]
    text: Callable[[dict[str, Any], random.Random], None] | None = None
    answer: Callable[[dict[str, Any], random.Random], None] | None = None
    world: Callable[[World], None] | None = None
    day: Callable[[World, date], Any] | None = None
    count: Callable[[int], int] | None = None
    monitoring: Callable[[datetime], Monitoring] | None = None


class Reader(LineReader):
    """A reader that may be waited for."""

    waited = 0.0

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Return what lines say, with the wait."""
        found = await super().read(data, unpack=unpack)
        return replace(found, waited=self.waited) if isinstance(found, ReadDocument) else found


@dataclass
class World(Workshop):
    """A workshop for bills whose days pass.

    Attributes:
        faults: What is wrong at present.
        skew: By stage, how far its clock is off.
        failing: Stages whose calls fail once before they succeed.
        down: Consumers that handle nothing; what is sent to them waits.
        plans: What happens at which moment, in order.
        wrong: The share of audited records that people correct in their total.
        per_day: Documents of a working day, about.
    """

    reader: Reader = field(default_factory=Reader)
    types: tuple[str, ...] = ("bill",)
    faults: Sequence[Fault] = ()
    skew: dict[str, timedelta] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    waiting: list[tuple[Handler, Outgoing]] = field(default_factory=list)
    plans: list[tuple[datetime, Callable[[World], Awaitable[None]]]] = field(default_factory=list)
    wrong: float = 0.0
    today: date = FIRST_DAY
    time: datetime = datetime(2026, 3, 2, 7, tzinfo=UTC)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    per_day: int = 20
    submitted: int = 0
    new: list[str] = field(default_factory=list)

    def hear(self, catalog: Catalog) -> None:
        """Have a catalog hear of everything that is published."""
        self.catalog = catalog
        self.handlers = (*self.handlers, Projector(catalog, self.store))

    def now(self) -> datetime:
        """Return a later moment at each call."""
        self.time += timedelta(milliseconds=50)
        return self.time

    def _stage(self, name: str) -> Any:
        stage = super()._stage(name)
        return replace(stage, now=lambda: self.now() + self.skew.get(name, timedelta()))

    async def digest(self, now: datetime) -> str:
        """Publish the release of bills and return its digest."""
        names = ("doc_type", *NAMES, "lines")
        certificates = Certificates(variant="v", certificates=tuple(self._certificate(n) for n in names))
        parts = {
            "schema.json": json.dumps(SCHEMA).encode(),
            "prompt.md": PROMPT.encode(),
            "rules.py": RULES.encode(),
            "model": b"variant",
            "thresholds.json": canonical_json(certificates),
        }
        release = Release(
            bundles={"bill": await publish_bundle(self.store, "bill", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, canonical_json(certificates)),
        )
        return (await publish_release(self.store, release))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        lines = [(line.id, line.text) for page in parse_block(block.text).pages for line in page.lines]
        if request.tool_choice == "classify_document":
            known = any(text == "BILL" for _, text in lines)
            found = {"doc_type": "bill" if known else "unknown", "confidence": 0.95, "novelty": 0.1}
            return tool_reply("classify_document", found, model=request.model)
        answer: dict[str, Any] = {name: self._read(name, lines) for name in NAMES}
        rows = [(line, text[2:]) for line, text in lines if text.startswith("- ")]
        answer["lines"] = {
            "rows": [{"amount": {"value": text, "quote": text, "lines": [line]}} for line, text in rows],
            "confidence": self._sure(),
        }
        for fault in self.faults:
            if fault.answer is not None:
                fault.answer(answer, self.chance)
        return tool_reply(request.tool_choice or "", answer, model=request.model)

    def _sure(self) -> float:
        # One in twelve is doubtful, whatever the field: people have something to do on a good day too.
        return round(self.chance.uniform(0.4, 0.75) if self.chance.random() < 0.012 else 0.97, 3)

    def _read(self, name: str, lines: Iterable[tuple[str, str]]) -> dict[str, Any]:
        for line, text in lines:
            if text.startswith(f"{name}: "):
                quote = text.removeprefix(f"{name}: ")
                return {
                    "readings": [{"value": quote, "quote": quote, "lines": [line]}],
                    "confidence": self._sure(),
                }
        return {"readings": [], "confidence": 0.99}

    async def deliver(self, handler: Handler, sent: Outgoing) -> Sequence[Outgoing]:
        """Give one message to one handler, unless it is down."""
        if handler.name in self.down:
            self.waiting.append((handler, sent))
            return ()
        self.offset += 1
        calls = OneTry()
        if handler.name in self.failing and self.chance.random() < 0.6:
            calls.tries.append(Try("store.read", 1, 0.2, "the store did not answer", 0.3))
        return await handler.handle(
            Delivery(decode(sent.topic, sent.body), Position(sent.topic, 0, self.offset), calls)
        )

    async def up(self, name: str) -> None:
        """Have a consumer that was down handle what waits for it, in order, and go on."""
        self.down.discard(name)
        waiting, self.waiting = self.waiting, []
        for handler, sent in waiting:
            if handler.name == name:
                await self.drive(await self.deliver(handler, sent))
            else:
                self.waiting.append((handler, sent))

    async def _come_to(self, at: datetime) -> None:
        """Let the time be ``at``, once what is planned until then has happened."""
        while self.plans and self.plans[0][0] <= at:
            moment, happens = self.plans.pop(0)
            self.time = max(moment, self.time)
            await happens(self)
        self.time = max(at, self.time)

    async def pass_day(self) -> None:
        """Let a day's documents come in, and a part of them be audited."""
        count = self._usual_number()
        for fault in self.faults:
            count = fault.count(count) if fault.count else count
        began = datetime(self.today.year, self.today.month, self.today.day, 7, tzinfo=UTC)
        self.new = []
        for number in range(count):
            at = began + timedelta(seconds=36000 * number / max(count, 1) + self.chance.randrange(60))
            await self._come_to(at)
            self.new.append(await self.submit(self._text()))
            self.published.clear()
        await self._audit()
        for stage in ("intake", "gatekeeper", "extraction", "validation"):
            # What a stage takes here says how busy this machine is, nothing of the world.
            self.tamper(stage, lambda attempt: attempt.update(seconds=self.chance.uniform(0.1, 0.4)))
        for fault in self.faults:
            if fault.day is not None:
                await fault.day(self, self.today)
        self.today += timedelta(days=1)

    def _usual_number(self) -> int:
        mean = self.per_day // 3 if self.today.weekday() > 4 else self.per_day
        return max(round(self.chance.gauss(mean, mean**0.5)), 1)

    def _text(self) -> str:
        self.submitted += 1
        draw = self.chance
        amounts = [f"{draw.lognormvariate(3.0, 0.8):.2f}" for _ in range(draw.choice(range(2, 14)))]
        day = self.today - timedelta(days=int(draw.expovariate(0.2)))
        said: dict[str, Any] = {
            "head": "BILL",
            "vendor": draw.choice(VENDORS),
            "bill_date": day.strftime("%d.%m.%Y"),
            "total": f"{sum(map(float, amounts)):.2f}",
            "vat_rate": draw.choice(("19 %", "19 %", "7 %", "0 %", "5.5 %")),
            "reference": f"{draw.choice('ABRX')}-{self.submitted:05d}",
            "lines": amounts,
        }
        if draw.random() < 0.4:
            said["note"] = f"please pay by bank transfer, {self.submitted}"
        for fault in self.faults:
            if fault.text is not None:
                fault.text(said, draw)
        if said["head"].startswith("REFUSE"):
            return f"{said['head']}\n{self.submitted}"
        labelled = [f"{name}: {said[name]}" for name in NAMES if said.get(name) is not None]
        return "\n".join([said["head"], *labelled, *(f"- {amount}" for amount in said["lines"])]) + "\n"

    async def _audit(self) -> None:
        """Have people look at a sixth of the day's documents that were accepted."""
        for document_id in self.new[::6]:
            slot = await self.store.fetch(keys.revision_slot(document_id, 1))
            if slot is None or json.loads(slot)["status"] != "accepted":
                continue
            run_id = json.loads(slot)["run_id"]
            # People err too: one audit in sixty.
            wrong = self.chance.random() < max(self.wrong, 1 / 60)
            await self.decide_on(document_id, run_id, total="4711.00" if wrong else None)

    async def decide_on(self, document_id: str, run_id: str, *, total: str | None) -> None:
        """Hand in what a person found about an accepted record."""
        review_id = derive_id("audit", document_id)
        changed = (DecidedField(name="total", raw=total, value=total),) if total else ()
        await self.decide(
            Decision(
                decision_id=derive_id("decision", document_id),
                review_id=review_id,
                document_id=document_id,
                run_id=run_id,
                kind=DecisionKind.FIELDS,
                reviewer="auditor",
                decided_at=self.now(),
                fields=changed,
            )
        )

    def tamper(self, stage: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what today's attempts of a stage say of themselves."""
        for document_id in self.new:
            for key in list(self.store.objects):
                if key.startswith(f"documents/{document_id}/trail/") and f"/{stage}/" in key:
                    said = json.loads(self.store.objects[key])
                    change(said)
                    self.store.objects[key] = json.dumps(said).encode()
