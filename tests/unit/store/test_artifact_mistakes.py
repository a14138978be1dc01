"""Every mistake in an artifact is named, and what only looks like one is none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from schemas.canonical import canonical_json
from schemas.classification import TypeScore
from schemas.documents import Route
from schemas.fields import EvidenceClass, FieldState
from schemas.layout import Box, Layout, Line, Note, NoteKind, Page
from schemas.records import DecisionKind, RecordStatus
from schemas.results import ArtifactKind, FieldDecision
from store.artifacts import (
    ContractError,
    check_artifact,
    require_contract,
    serialise,
)
from tests.unit.store import made

pytestmark = pytest.mark.anyio


def changed(value: BaseModel, **changes: Any) -> BaseModel:
    return value.model_copy(update=changes)


def first_line(**changes: Any) -> Layout:
    page: Page = made.LAYOUT.pages[0]
    line: Line = page.lines[0].model_copy(update=changes)
    return Layout(pages=(page.model_copy(update={"lines": (line,)}),))


def first_page(**changes: Any) -> Layout:
    return Layout(pages=(made.LAYOUT.pages[0].model_copy(update=changes),))


def words(*spans: tuple[int, int], box: Box = made.BOX) -> tuple[Any, ...]:
    word = made.LAYOUT.pages[0].lines[0].words[0]
    return tuple(word.model_copy(update={"start": start, "end": end, "box": box}) for start, end in spans)


INSIDE_OUT = Box(x0=0.5, y0=0.1, x1=0.1, y1=0.2)


LAYOUT_MISTAKES = {
    "pages[0] has number 2, not 1": Layout(pages=(made.page(2),)),
    "page 1 measures 0.0 by 842.0": first_page(width=0.0),
    "page 1 is turned by 45 degrees": first_page(rotation=45),
    "page 1: line 1 has id '1.2'": first_line(id="1.2"),
    "line 1.1: its box is turned inside out": first_line(box=INSIDE_OUT),
    "word 5:5 is out of order": first_line(words=words((0, 5), (5, 5))),
    "word 3:10 is out of order": first_line(words=words((0, 5), (3, 10))),
    "word 6:10 is out of order or leaves text": first_line(words=words((6, 10))),
    "its words do not cover its 10 characters": first_line(words=words((0, 5))),
    "do not cover its 0 characters": first_line(words=(), text=""),
    "the box of word 0:5 is turned": first_line(words=words((0, 5), (6, 10), box=INSIDE_OUT)),
    "lies outside the line's": first_line(
        words=words((0, 5), (6, 10), box=Box(x0=0.1, y0=0.1, x1=0.9, y1=0.2))
    ),
    "note names page 0": changed(made.LAYOUT, notes=(Note(kind=NoteKind.DAMAGED, page=0, text="damaged"),)),
}


@pytest.mark.parametrize("says", LAYOUT_MISTAKES)
def test_a_mistake_in_a_layout_is_named(says: str) -> None:
    data = serialise(LAYOUT_MISTAKES[says])

    assert says in "; ".join(check_artifact(ArtifactKind.LAYOUT, made.LAYOUT_KEY, data))


SCORES = made.CLASSIFICATION.scores


CLASSIFICATION_MISTAKES: dict[str, dict[str, Any]] = {
    "not in order, best first": {"scores": SCORES[::-1]},
    "scores add up to 1.1000": {"scores": (SCORES[0], TypeScore(doc_type="lease", probability=0.2))},
    "has two scores": {"scores": (SCORES[0], TypeScore(doc_type="receipt", probability=0.1))},
    "does not follow from its pages": {"quality": made.QUALITY.model_copy(update={"score": 0.9})},
    "quality names pages [1, 2] of 1": {"page_count": 1},
    "a rejection has no reason": {"route": Route.REJECT},
    "route extract needs a layout and a known type": {"doc_type": "unknown"},
    "route extract needs a layout": {"layout": None},
    "belongs to another document": {"layout": made.ref("documents/other/artifacts/layout/k/layout.json")},
}


@pytest.mark.parametrize("says", CLASSIFICATION_MISTAKES)
def test_a_mistake_in_a_classification_is_named(says: str) -> None:
    value = changed(made.CLASSIFICATION, **CLASSIFICATION_MISTAKES[says])

    with pytest.raises(ContractError) as raised:
        require_contract(made.CLASSIFICATION_KEY, value)
    assert says in str(raised.value)


EVIDENCE = made.READING.evidence[0]


def with_reading(**changes: Any) -> dict[str, Any]:
    reading = made.READING.model_copy(update=changes)
    return {"fields": (made.TOTAL.model_copy(update={"readings": (reading,)}),)}


def with_evidence(**changes: Any) -> dict[str, Any]:
    return with_reading(evidence=(EVIDENCE.model_copy(update=changes),))


EXTRACTION_MISTAKES: dict[str, dict[str, Any]] = {
    "an extraction has no fields": {"fields": ()},
    "field 'total' stands twice": {"fields": (made.TOTAL, made.TOTAL)},
    "state 'value' with 0 readings": {"fields": (made.TOTAL.model_copy(update={"readings": ()}),)},
    "state 'missing' with 1 readings": {
        "fields": (made.TOTAL.model_copy(update={"state": FieldState.MISSING}),)
    },
    "4 alternatives, at most 3": {
        "fields": (made.TOTAL.model_copy(update={"alternatives": (made.READING,) * 4}),)
    },
    "an ungrounded reading has evidence": with_reading(evidence_class=EvidenceClass.UNGROUNDED),
    "a verbatim reading has no evidence": with_reading(evidence=()),
    "evidence on page 2 names line '1.1'": with_evidence(page=2),
    "evidence spans 10:6": with_evidence(start=10, end=6),
    "evidence of 4 characters quotes 3": with_evidence(quote="9.0"),
    "evidence has a box turned inside out": with_evidence(box=INSIDE_OUT),
    "classification 'documents/other/c' belongs to another document": {
        "classification": made.ref("documents/other/c")
    },
    "reply 'documents/other/r' belongs to another document": {"reply": made.ref("documents/other/r")},
}


@pytest.mark.parametrize("says", EXTRACTION_MISTAKES)
def test_a_mistake_in_an_extraction_is_named(says: str) -> None:
    value = changed(made.EXTRACTION, **EXTRACTION_MISTAKES[says])

    with pytest.raises(ContractError) as raised:
        require_contract(made.EXTRACTION_KEY, value)
    assert says in str(raised.value)


def test_an_extraction_without_a_model_has_no_reply() -> None:
    data = serialise(changed(made.EXTRACTION, reply=None))

    assert check_artifact(ArtifactKind.EXTRACTION, made.EXTRACTION_KEY, data) == []


REVIEWED = made.RECORD.fields[0].model_copy(update={"decision": FieldDecision.REVIEW})


COVERAGE = made.RECORD.coverage


RECORD_MISTAKES: dict[str, dict[str, Any]] = {
    "field 'total' stands twice": {"fields": (made.RECORD.fields[0],) * 2},
    "a rule has two verdicts": {"rules": made.RECORD.rules * 2},
    "a rejected record has no reason": {"status": RecordStatus.REJECTED},
    "leaves total undecided": {"fields": (REVIEWED, made.RECORD.fields[1])},
    "its own duplicate": {"duplicates": (made.DOCUMENT,)},
    "an accepted record has no fields": {"fields": ()},
    "coverage declares 3 fields, the record has 2": {"coverage": COVERAGE.model_copy(update={"declared": 3})},
    "coverage accounts for 1 of 2 fields": {"coverage": COVERAGE.model_copy(update={"absent": 0})},
    "coverage names vendor": {"coverage": COVERAGE.model_copy(update={"absent": 0, "missing": ("vendor",)})},
}


@pytest.mark.parametrize("says", RECORD_MISTAKES)
def test_a_mistake_in_a_record_is_named(says: str) -> None:
    data = canonical_json(changed(made.RECORD, **RECORD_MISTAKES[says]))

    assert says in "; ".join(check_artifact(ArtifactKind.RECORD, made.RECORD_KEY, data))


def test_a_rejected_record_has_no_fields_to_account_for() -> None:
    rejected = changed(made.RECORD, status=RecordStatus.REJECTED, reason="empty", fields=())

    assert check_artifact(ArtifactKind.RECORD, made.RECORD_KEY, serialise(rejected)) == []


DECISION_MISTAKES: dict[str, dict[str, Any]] = {
    "a field is decided twice": {"fields": made.DECISION.fields * 2},
    "a decision about the type names none": {"kind": DecisionKind.TYPE},
    "names no page ranges": {"kind": DecisionKind.SPLIT},
    "page range 2-3 is out of order": {"kind": DecisionKind.SPLIT, "ranges": ((1, 2), (2, 3))},
    "page range 3-1 is out of order": {"kind": DecisionKind.SPLIT, "ranges": ((3, 1),)},
    "is not of the form": {"decision_id": "another"},
}


@pytest.mark.parametrize("says", DECISION_MISTAKES)
def test_a_mistake_in_a_decision_is_named(says: str) -> None:
    with pytest.raises(ContractError) as raised:
        require_contract(made.DECISION_KEY, changed(made.DECISION, **DECISION_MISTAKES[says]))
    assert says in str(raised.value)


IMAGE_MISTAKES = {
    "not a PNG": b"GIF89a",
    "measures 0 by 2 pixels": made.png(width=0),
    "measures 3 by 30000 pixels": made.png(height=30_000),
    "the PNG is cut off": made.png()[:-4],
}


@pytest.mark.parametrize("says", IMAGE_MISTAKES)
def test_a_mistake_in_a_page_image_is_named(says: str) -> None:
    found = check_artifact(ArtifactKind.PAGE_IMAGE, made.IMAGE_KEY, IMAGE_MISTAKES[says])

    assert says in "; ".join(found)


REPLY_MISTAKES = {
    "not a reply": b"{",
    "an object with its request and its reply": b"[]",
    "not a reply: ValueError": made.reply().replace(b'"cost":0', b'"cost":NaN'),
    "the request is not the one": made.reply().replace(b'"turns":[]', b'"turns":[1]'),
    "model is missing or no str": made.reply(model=None),
    "usage.input_tokens is no count": made.reply(usage={"input_tokens": -1, "output_tokens": 2}),
    "usage is missing or no dict": made.reply(usage=[]),
    "cost is no amount": made.reply(cost=-1),
}


@pytest.mark.parametrize("says", REPLY_MISTAKES)
def test_a_mistake_in_a_reply_is_named(says: str) -> None:
    found = check_artifact(ArtifactKind.REPLY, made.REPLY_KEY, REPLY_MISTAKES[says])

    assert says in "; ".join(found)
