"""Artifacts as the stages make them, small and sound."""

from __future__ import annotations

from schemas.canonical import canonical_json, derive_id, digest, sha256_hex
from schemas.classification import Classification, TypeScore
from schemas.decided import DecidedField, Decision
from schemas.digitised import ROWS, DigitisedCurve, DigitisedLog
from schemas.documents import Route
from schemas.fields import Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Box, Layout, Line, Page, PageQuality, Quality, QualityPart, TextSource, Word
from schemas.objects import ObjectRef
from schemas.records import DecisionKind, RecordStatus
from schemas.results import (
    ArtifactKind,
    Coverage,
    Extraction,
    FieldDecision,
    Record,
    RecordField,
    RuleVerdict,
    Verdict,
)
from store import keys
from store.curves import Mask, curve_bytes, mask_bytes
from store.protocol import ref_of

DOCUMENT = sha256_hex(b"the document")
RUN = derive_id("run", DOCUMENT)
KEY = digest("stage key")
REQUEST = {"model": "local:v", "turns": []}

LAYOUT_KEY = keys.artifact(DOCUMENT, "layout", KEY, "layout.json")
IMAGE_KEY = keys.artifact(DOCUMENT, "page_image", KEY, "1.png")
CLASSIFICATION_KEY = keys.result(DOCUMENT, "gatekeeper", KEY)
EXTRACTION_KEY = keys.result(DOCUMENT, "extraction", KEY)
RECORD_KEY = keys.result(DOCUMENT, "validation", KEY)
REPLY_KEY = keys.reply(DOCUMENT, digest(REQUEST))
DECISION_ID = derive_id("decision", DOCUMENT)
DECISION_KEY = keys.decision(DOCUMENT, DECISION_ID)

BOX = Box(x0=0.1, y0=0.1, x1=0.5, y1=0.2)


def ref(uri: str) -> ObjectRef:
    return ObjectRef(uri=uri, sha256=sha256_hex(uri.encode()), size=len(uri), media_type="application/json")


def line(number: int = 1, text: str = "Total 9.00") -> Line:
    return Line(
        id=f"1.{number}",
        text=text,
        box=BOX,
        words=(
            Word(start=0, end=5, box=Box(x0=0.1, y0=0.1, x1=0.3, y1=0.2)),
            Word(start=6, end=10, box=Box(x0=0.3, y0=0.1, x1=0.5, y1=0.2)),
        ),
        source=TextSource.NATIVE,
    )


def page(number: int = 1) -> Page:
    return Page(number=number, width=595.0, height=842.0, lines=(line(),) if number == 1 else ())


LAYOUT = Layout(pages=(page(1), page(2)))

QUALITY = Quality(
    score=0.6 * 0.5 + 0.4 * 0.7,
    pages=(
        PageQuality(page=1, score=0.9, parts=(QualityPart(name="ocr", score=0.9, measured="90 %"),)),
        PageQuality(page=2, score=0.5, parts=()),
    ),
)

CLASSIFICATION = Classification(
    document_id=DOCUMENT,
    media_type="application/pdf",
    page_count=2,
    doc_type="receipt",
    confidence=0.9,
    scores=(TypeScore(doc_type="receipt", probability=0.9), TypeScore(doc_type="lease", probability=0.1)),
    quality=QUALITY,
    layout=ref(LAYOUT_KEY),
    route=Route.EXTRACT,
    family=DOCUMENT,
)

READING = Reading(
    raw="9.00",
    value="9.00",
    confidence=0.9,
    evidence=(Evidence(page=1, line="1.1", start=6, end=10, box=BOX, quote="9.00"),),
    evidence_class=EvidenceClass.VERBATIM,
)
TOTAL = FieldValue(name="total", state=FieldState.VALUE, readings=(READING,), confidence=0.9)
NOTE = FieldValue(name="note", state=FieldState.ABSENT)

EXTRACTION = Extraction(
    document_id=DOCUMENT,
    doc_type="receipt",
    classification=ref(CLASSIFICATION_KEY),
    fields=(TOTAL, NOTE),
    model="local:v",
    prompt_version="1.0",
    reply=ref(REPLY_KEY),
)

RECORD = Record(
    record_id=DOCUMENT,
    doc_type="receipt",
    status=RecordStatus.ACCEPTED,
    classification=ref(CLASSIFICATION_KEY),
    extraction=ref(EXTRACTION_KEY),
    fields=(
        RecordField(field=TOTAL, decision=FieldDecision.ACCEPTED, arithmetic="0.90 ≥ 0.80"),
        RecordField(field=NOTE, decision=FieldDecision.OPTIONAL_ABSENT, arithmetic="absent"),
    ),
    rules=(RuleVerdict(rule="total", verdict=Verdict.HOLDS, explanation="9.00 > 0"),),
    coverage=Coverage(declared=2, with_value=1, absent=1),
)

DECISION = Decision(
    decision_id=DECISION_ID,
    review_id=derive_id("review", DOCUMENT),
    document_id=DOCUMENT,
    run_id=RUN,
    kind=DecisionKind.FIELDS,
    reviewer="ann",
    decided_at="2026-11-21T10:00:00Z",
    fields=(DecidedField(name="total", raw="9.50", value="9.50"),),
)

REPLY = {
    "model": "local:v",
    "content": [],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 10, "output_tokens": 2},
    "cost": 0.0,
    "raw": {},
}


def reply(**changes: object) -> bytes:
    """Return a stored exchange, the reply changed."""
    return canonical_json({"request": REQUEST, "reply": {**REPLY, **changes}})


def png(width: int = 3, height: int = 2) -> bytes:
    """Return the smallest bytes that are a PNG from end to end."""
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return header + b"\x08\x00\x00\x00\x00crc!" + b"\x00\x00\x00\x00IEND\xaeB`\x82"


CURVE_KEY = keys.artifact(DOCUMENT, "curve", KEY, "curve_1.csv")
MASK_KEY = keys.artifact(DOCUMENT, "mask", KEY, "mask.png")
LOG_KEY = keys.artifact(DOCUMENT, "digitised", KEY, "log.json")
CURVE_ROWS = tuple((1000.0 + 0.5 * row, 75.0 + row % 7) for row in range(ROWS))
PAINTED = Mask(8, 6, bytes([0, 1, 2, 0, 0, 0, 1, 2] * 6))
LOG = DigitisedLog(
    document_id=DOCUMENT,
    page=1,
    width=8,
    height=6,
    skew=0.4,
    rows=(1, 5),
    depths=("1000", "1149.5"),
    mask=ref_of(MASK_KEY, mask_bytes(PAINTED), "image/png"),
    curves=(
        DigitisedCurve(
            name="curve_1",
            file=ref_of(CURVE_KEY, curve_bytes(CURVE_ROWS), "text/csv"),
            across=(0.5,) * ROWS,
            coverage=1.0,
            confidence=0.9,
            track=(1, 7),
        ),
    ),
    model=digest("digitiser"),
)

SOUND: dict[ArtifactKind, tuple[str, object]] = {
    ArtifactKind.LAYOUT: (LAYOUT_KEY, LAYOUT),
    ArtifactKind.PAGE_IMAGE: (IMAGE_KEY, png()),
    ArtifactKind.CLASSIFICATION: (CLASSIFICATION_KEY, CLASSIFICATION),
    ArtifactKind.EXTRACTION: (EXTRACTION_KEY, EXTRACTION),
    ArtifactKind.RECORD: (RECORD_KEY, RECORD),
    ArtifactKind.REPLY: (REPLY_KEY, reply()),
    ArtifactKind.DECISION: (DECISION_KEY, DECISION),
    ArtifactKind.CURVE: (CURVE_KEY, curve_bytes(CURVE_ROWS)),
    ArtifactKind.MASK: (MASK_KEY, mask_bytes(PAINTED)),
    ArtifactKind.DIGITISED: (LOG_KEY, LOG),
}
"""A key and a value that keep the contract, for every kind."""
