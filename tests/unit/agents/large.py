"""A workshop whose fields a large model reads, with a hand on what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from inference.protocol import ModelReply, ModelRequest
from inference.scripted import ScriptedModel
from schemas.certificates import Certificate, Certificates
from schemas.fields import (
    Agreement,
    Alignment,
)
from schemas.histories import ModelHistory, Told
from tests.unit.agents.workshop import Workshop

LARGE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
SLIP = "SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\n"


def answering(
    workshop: Workshop, change: Callable[[ModelRequest, ModelReply], ModelReply]
) -> list[ModelRequest]:
    """Let ``change`` alter what the workshop's model says of fields; returns what it was asked."""
    asked: list[ModelRequest] = []

    def answer(request: ModelRequest) -> ModelReply:
        reply = workshop._answer(request)
        if request.tool_choice != "record_fields":
            return reply
        asked.append(request)
        return change(request, reply)

    workshop.model = ScriptedModel(answer)
    workshop.restart()
    return asked


def unchanged(_: ModelRequest, reply: ModelReply) -> ModelReply:
    return reply


def with_value(reply: ModelReply, name: str, value: str, *, quote: str | None = None) -> ModelReply:
    answer = dict(reply.tool_input("record_fields") or {})
    answer[name] = {"readings": [{"value": value, "quote": quote or value, "lines": []}], "confidence": 1.0}
    use = reply.content[0].model_copy(update={"input": answer})
    return reply.model_copy(update={"content": (use,)})


def history(right: int, decided: int, agreement: Agreement = Agreement.AGREES) -> ModelHistory:
    certificate = Certificate(
        field="shop",
        target_error=0.05,
        threshold=0.9,
        decisions=200,
        errors=0,
        bound=0.015,
        needed=59,
        basis="confirmed",
        population="audits",
    )
    told = [
        Told(
            model=LARGE,
            field=name,
            alignment=Alignment.NOT_QUOTED if absent else Alignment.EXACT,
            agreement=agreement,
            second="variant",
            absent=absent,
            right=right,
            decided=decided,
            readings=decided,
        )
        for name in ("shop", "total", "note")
        for absent in (False, True)
    ]
    fields = tuple(certificate.model_copy(update={"field": name}) for name in ("shop", "total", "note"))
    return ModelHistory(
        as_of=date(2026, 11, 1),
        told=tuple(told),
        certificates=(Certificates(variant=LARGE, certificates=fields),),
    )


async def extracted(workshop: Workshop) -> dict[str, Any]:
    return await workshop.read(workshop.events("documents.extracted")[-1]["result"])


async def field(workshop: Workshop, name: str) -> dict[str, Any]:
    (found,) = [one for one in (await extracted(workshop))["fields"] if one["name"] == name]
    return dict(found)
