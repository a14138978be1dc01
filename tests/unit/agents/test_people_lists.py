"""A person's list over what a model read: each value stands where he showed it, or where it was read."""

from __future__ import annotations

import json

from agents.validation.people import as_field
from doctypes.schema_file import parse_schema
from schemas.decided import DecidedField
from schemas.fields import Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Box

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "doctrail:doctypes/list",
    "title": "List",
    "description": "A list.",
    "x-version": "1.0",
    "type": "object",
    "properties": {
        "dates": {
            "title": "Dates",
            "description": "All of them.",
            "type": "array",
            "items": {"type": "string", "format": "date"},
            "x-kind": "date",
        }
    },
    "required": [],
    "additionalProperties": False,
}
LIST = parse_schema(json.dumps(SCHEMA).encode(), "list")
BOX = Box(x0=0.1, y0=0.1, x1=0.5, y1=0.2)


def place(line: int, quote: str) -> Evidence:
    return Evidence(page=1, line=f"1.{line}", start=0, end=len(quote), box=BOX, quote=quote)


READ = FieldValue(
    name="dates",
    state=FieldState.VALUE,
    readings=(
        Reading(
            raw="1 May 2026",
            value="2026-05-01",
            evidence=(place(1, "1 May 2026"),),
            evidence_class=EvidenceClass.NORMALISED,
        ),
    ),
)


def test_each_value_stands_where_it_was_shown_or_read() -> None:
    decided = DecidedField(
        name="dates",
        values=("2026-05-01", "2026-06-02", "2026-07-03"),
        places=((), (place(2, "2 June 2026"),), ()),
    )

    readings = as_field(LIST.field("dates"), decided, READ, LIST).readings

    assert [(one.value, one.raw) for one in readings] == [
        ("2026-05-01", "1 May 2026"),
        ("2026-06-02", "2 June 2026"),
        ("2026-07-03", "2026-07-03"),
    ]
    assert [[span.line for span in one.evidence] for one in readings] == [["1.1"], ["1.2"], []]
    assert readings[1].evidence_class is EvidenceClass.NORMALISED


def test_a_list_that_was_decided_before_places_were_kept_reads_as_ever() -> None:
    decided = DecidedField.model_validate_json('{"name": "dates", "raw": "x", "values": ["2026-05-01"]}')

    assert as_field(LIST.field("dates"), decided, READ, LIST).readings[0].raw == "1 May 2026"
    assert "places" not in decided.model_dump()
