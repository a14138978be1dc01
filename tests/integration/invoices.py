"""The shipped invoice sample, its type, and a model that knows what the sample's label says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from doctypes.folder import ROOT, load_folder
from doctypes.normalise import normalise
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.scripted import tool_reply
from schemas.canonical import canonical_json
from schemas.certificates import Certificates
from schemas.fields import FieldKind
from schemas.layout_block import parse_block
from store.bundles import publish_bundle, publish_model
from store.releases import Release, publish_release
from tests.integration.installation import SAMPLES
from tests.unit.agents.bills import certificate
from tests.unit.agents.workshop import Workshop

NAME = "invoice-supplies.pdf"
Lines = list[tuple[str, str]]


def truth() -> dict[str, Any]:
    """Return what the sample's label says."""
    lines = (SAMPLES.parent / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    (label,) = [one for one in map(json.loads, lines) if one["file"].endswith(NAME)]
    fields: dict[str, Any] = label["fields"]
    return fields


@dataclass
class InvoiceWorkshop(Workshop):
    """The shipped invoice type, PDFs read for real, and a model that knows the sample's label."""

    known: dict[str, Any] = field(default_factory=truth)

    async def digest(self, now: object) -> str:
        """Publish the shipped type, everything certified."""
        folder = load_folder(ROOT / "invoice")
        names = ("doc_type", *(spec.name for spec in folder.doc_type.fields))
        certificates = canonical_json(Certificates(variant="v", certificates=tuple(map(certificate, names))))
        parts = folder.parts | {"thresholds.json": certificates}
        release = Release(
            bundles={"invoice": await publish_bundle(self.store, "invoice", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, certificates),
        )
        return (await publish_release(self.store, release))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        lines = [(line.id, line.text) for page in parse_block(block.text).pages for line in page.lines]
        if request.tool_choice == "classify_document":
            answer: dict[str, Any] = {"doc_type": "invoice", "confidence": 0.95, "novelty": 0.1}
        else:
            schema = request.tools[0].input_schema["properties"]
            answer = {name: self._said(name, body, lines) for name, body in schema.items()}
        return tool_reply(request.tool_choice or "", answer, model=request.model)

    def _said(self, name: str, body: dict[str, Any], lines: Lines) -> dict[str, Any]:
        if body["x-kind"] == "rows":
            return {"rows": _rows(self.known[name], body, lines), "confidence": 0.95}
        value = self.known.get(name)
        quoted = [_quoted(value, lines)] if isinstance(value, str) else []
        return {"readings": quoted, "confidence": 0.95}


def _rows(rows: list[dict[str, str]], body: dict[str, Any], lines: Lines) -> list[dict[str, Any]]:
    """Return the label's rows as a model records them: each begins at the line of its description."""
    columns = body["properties"]["rows"]["items"]["properties"]
    found, start = [], 0
    for row in rows:
        start = next(n for n in range(start, len(lines)) if lines[n][1] == row["description"])
        near = lines[start : start + 5]
        found.append({name: _quoted(row[name], near) if name in row else None for name in columns})
        start += 1
    return found


def _quoted(value: str, lines: Lines) -> dict[str, Any]:
    """Return a reading whose quote has the value as its normal form, in whichever kind it has."""
    for kind in (FieldKind.TEXT, FieldKind.MONEY, FieldKind.PERCENTAGE, FieldKind.DATE, FieldKind.IDENTIFIER):
        for line, text in lines:
            for quote in (text, *text.split(" "), text.rpartition(": ")[2]):
                if quote and normalise(kind, quote, day_first=True).value == value:
                    return {"value": value, "quote": quote, "lines": [line]}
    return {"value": value, "quote": value, "lines": []}
