"""What master data would answer to the look-ups of a sound record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doctypes.lookups import Answers, LookUp
from schemas.fields import Cell
from schemas.results import Lookup

SOUND: dict[str, dict[str, Any]] = {
    "find_vendor": {
        "status": "match",
        "reason": "the name is the same",
        "vendor": {"vendor_id": "V1", "status": "active", "ibans": ["DE88 2008 0000 0970 3757 00"]},
        "on_file": 12,
    },
    "invoice_seen_before": {"status": "not_seen", "on_file": 30, "earlier": []},
}


def answers(
    questions: Sequence[LookUp], fields: Mapping[str, Cell], told: Mapping[str, dict[str, Any]] = SOUND
) -> Answers:
    """Return the answers in ``told`` to every question that the fields let ask."""
    return Answers.of(
        Lookup(tool=one.tool, arguments=one.arguments(fields), content=told[one.tool])
        for one in questions
        if one.arguments(fields)
    )


def with_account(iban: str) -> dict[str, dict[str, Any]]:
    """Return sound answers of a world in which this account is on file for the seller."""
    found = SOUND["find_vendor"]
    return {**SOUND, "find_vendor": {**found, "vendor": {**found["vendor"], "ibans": [iban]}}}
