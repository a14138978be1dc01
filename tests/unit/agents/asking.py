"""A workshop whose model and rules may ask servers that a test answers for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from inference.protocol import ModelReply, ModelRequest, StopReason, ToolResultBlock, ToolUseBlock, Usage
from inference.tools.known import TOOLS
from inference.tools.toolbox import Definition, Said, StaleDataError, Toolbox, ToolUnavailableError
from schemas.objects import ObjectRef
from store.ledger import PayOnce
from store.releases import Release, load_release, publish_release
from tests.unit.agents.slips import PROMPT
from tests.unit.agents.workshop import Workshop

SNAPSHOT = ObjectRef(uri="knowledge/x/s", sha256="5" * 64, size=1, media_type="application/gzip")
MATCH = {
    "snapshot": SNAPSHOT.sha256,
    "status": "match",
    "reason": "the name is the same",
    "score": 1.0,
    "entity": {"id": "urn:x:bakery", "name": "Corner Bakery Ltd"},
}
FOUND = {"snapshot": SNAPSHOT.sha256, "status": "match", "on_file": 3, "vendor": {"status": "active"}}
RULES = '''
from doctypes.rules_v1 import check, look_up, rule

VENDOR = look_up("find_vendor", name="shop")


@rule("shop", asks=(VENDOR,))
def shop_is_on_file(fields, facts):
    """The shop is on file."""
    return check(fields.answer(VENDOR, facts)["status"] == "match", "asked")
'''


class Servers:
    """Two servers in one, which count what they are asked and answer as they are told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {"resolve_entity": MATCH, "find_vendor": FOUND}
        self.down = False
        self.stale = False

    async def definitions(self) -> tuple[Definition, ...]:
        """Return every tool there is."""
        if self.down:
            raise ToolUnavailableError("knowledge_graph", "it is down")
        return tuple(
            Definition(
                name=name,
                description=name,
                input_schema={
                    "type": "object",
                    "properties": {one: {"type": "string"} for one in (*takes.arguments, "snapshot")},
                },
            )
            for name, takes in TOOLS.items()
        )

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        """Return what was laid out for the tool."""
        if self.down:
            raise ToolUnavailableError(TOOLS[tool].server, "it is down")
        if self.stale:
            raise StaleDataError(TOOLS[tool].server, days=45, allowed=30)
        self.asked.append((tool, dict(arguments)))
        return Said(content=self.answers.get(tool), problem=None if tool in self.answers else "no such thing")

    async def close(self) -> None:
        """Hold nothing."""


class Asking(Workshop):
    """A workshop whose model asks who the shop is, where it may, before it answers."""

    def __post_init__(self) -> None:
        self.servers = Servers()
        self.box = Toolbox(dict.fromkeys(("knowledge_graph", "db", "rag"), self.servers), calls=3)
        self.questions: list[dict[str, Any]] = [{"name": "Corner Bakery Ltd"}]
        self.tool = "resolve_entity"
        self.prompt = PROMPT.replace("tool: record_fields", "tool: record_fields\ntools: resolve_entity")
        super().__post_init__()

    def restart(self) -> None:
        """Begin again with the same store and the same servers."""
        super().restart()
        parts = PinnedParts()
        extraction = ExtractionAgent(
            self._stage("extraction"), FieldReader(self.model, PayOnce(), self.reader), parts, self.box
        )
        validation = Validation(self._stage("validation"), Assembler(parts, self.box))
        self.handlers = (*self.handlers[:2], extraction, validation)

    async def digest(self, now: Any) -> str:
        """Publish a release whose type may ask tools, with knowledge."""
        release: Release = await load_release(self.store, await super().digest(now))
        knowledge = dict.fromkeys(("knowledge_graph", "db"), SNAPSHOT)
        return (await publish_release(self.store, release.model_copy(update={"knowledge": knowledge})))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        results = [b for turn in request.turns for b in turn.content if isinstance(b, ToolResultBlock)]
        if request.tool_choice is not None or len(results) >= len(self.questions):
            chosen = request.tool_choice or "record_fields"
            return super()._answer(request.model_copy(update={"tool_choice": chosen}))
        uses = tuple(
            ToolUseBlock(id=f"use-{number}", name=self.tool, input=question)
            for number, question in enumerate(self.questions)
        )
        usage = Usage(input_tokens=1, output_tokens=1)
        return ModelReply(
            model=request.model,
            content=uses,
            stop_reason=StopReason.TOOL_USE,
            usage=usage,
            cost=0.0,
            raw={"content": []},
        )

    async def shop_field(self) -> dict[str, Any]:
        """Return the field that was looked up."""
        extraction = await self.read(self.events("documents.extracted")[-1]["result"])
        return next(one for one in extraction["fields"] if one["name"] == "shop")

    def results(self) -> list[ToolResultBlock]:
        """Return what the model was told by tools, in its last request."""
        turns = [turn for request in self.model.requests for turn in request.turns]
        return [block for turn in turns for block in turn.content if isinstance(block, ToolResultBlock)]

    def told(self, stage: str) -> bytes:
        """Return all trails of a stage."""
        return b"".join(
            body for key, body in self.store.objects.items() if f"/{stage}/" in key and "/trail/" in key
        )
