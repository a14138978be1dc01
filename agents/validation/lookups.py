"""What rules look up before they judge: asked once, stored with the attempt, or *cannot tell*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.consulting import Consultation
from doctypes.lookups import Asked, LookUp, asked
from schemas.fields import FieldValue
from schemas.results import Lookup

NOTHING_LOADED = "no knowledge is loaded that could answer"


async def looked_up(
    questions: Sequence[LookUp], fields: Mapping[str, FieldValue], tools: Consultation | None
) -> tuple[Lookup, ...]:
    """Return what was answered to the questions that can be asked with these fields."""
    found: dict[Asked, Lookup] = {}
    for question in questions:
        arguments = question.arguments(fields)
        if arguments:
            key = asked(question.tool, arguments)
            found[key] = found.get(key) or await _one(question.tool, arguments, tools)
    return tuple(found.values())


async def _one(tool: str, arguments: dict[str, str], tools: Consultation | None) -> Lookup:
    if tools is None:
        return Lookup(tool=tool, arguments=arguments, problem=NOTHING_LOADED)
    answer = await tools.ask(tool, arguments)
    if isinstance(answer, str):
        return Lookup(tool=tool, arguments=arguments, problem=answer.removeprefix("cannot tell: "))
    return Lookup(
        tool=tool,
        arguments=arguments,
        snapshot=answer.snapshot,
        content=answer.content,
        problem=answer.problem,
    )
