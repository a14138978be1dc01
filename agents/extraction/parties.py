"""What the knowledge graph says of the parties that were read: beside their names, never in place of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.consulting import Consultation
from doctypes.definition import DocType
from inference.tools.known import SERVER_OF
from inference.tools.toolbox import ToolAnswer
from schemas.fields import FieldKind, FieldValue, Known, KnownStatus, Reading

RESOLVE = "resolve_entity"


def with_known(
    fields: Sequence[FieldValue], doc_type: DocType, consultation: Consultation
) -> tuple[FieldValue, ...]:
    """Return the fields with what was answered about each party; one nobody asked about stays as it is."""
    answers = {
        str(answer.arguments.get("name")): known_of(answer)
        for answer in consultation.answers
        if answer.tool == RESOLVE
    }
    down = consultation.unavailable.get(SERVER_OF[RESOLVE])
    nobody = Known(status=KnownStatus.CANNOT_TELL, reason=down) if down else None
    parties = {spec.name for spec in doc_type.fields if spec.kind is FieldKind.PARTY}
    return tuple(
        field.model_copy(update={"readings": tuple(_known(one, answers, nobody) for one in field.readings)})
        if field.name in parties and field.readings
        else field
        for field in fields
    )


def _known(reading: Reading, answers: Mapping[str, Known], nobody: Known | None) -> Reading:
    found = answers.get(reading.value or "") or answers.get(reading.raw) or nobody
    return reading if found is None else reading.model_copy(update={"known": found})


def known_of(answer: ToolAnswer) -> Known:
    """Return what an answer of ``resolve_entity`` says; one that refuses says nothing."""
    content = answer.content
    if content is None:
        return Known(
            status=KnownStatus.CANNOT_TELL, reason=answer.problem or "no answer", snapshot=answer.snapshot
        )
    entity = content.get("entity") or {}
    return Known(
        status=KnownStatus(content["status"]),
        reason=content["reason"],
        entity=entity.get("id"),
        name=entity.get("name"),
        score=content.get("score"),
        snapshot=answer.snapshot,
    )
