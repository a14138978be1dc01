"""A model that answers as it likes before it answers well."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from inference.protocol import LostReplyError, ModelReply, ModelRequest
from inference.scripted import ScriptedModel
from tests.unit.agents.workshop import Workshop


class Moody:
    """Answers as the workshop's model, but for the extraction's first replies."""

    def __init__(
        self, workshop: Workshop, first: Sequence[ModelReply | LostReplyError | asyncio.CancelledError]
    ) -> None:
        self.first = list(first)
        self.asked: list[ModelRequest] = []
        self._workshop = workshop
        workshop.model = ScriptedModel(self.answer)
        workshop.restart()

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.tool_choice == "record_fields":
            self.asked.append(request)
            if self.first:
                reply = self.first.pop(0)
                if isinstance(reply, BaseException):
                    raise reply
                return reply
        return self._workshop._answer(request)
