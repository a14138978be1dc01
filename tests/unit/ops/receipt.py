"""One receipt of four lines, as each stage tells of it."""

from __future__ import annotations

from schemas.certificates import Certificate, Certificates
from schemas.classification import Classification, TypeScore
from schemas.documents import Route
from schemas.fields import Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import (
    Box,
    Layout,
    Line,
    Note,
    NoteKind,
    Page,
    PageQuality,
    Quality,
    QualityPart,
    TextSource,
    Word,
)
from schemas.objects import ObjectRef
from schemas.records import RecordStatus
from schemas.results import Coverage, Extraction, FieldDecision, Record, RecordField, RuleVerdict, Verdict

NOWHERE = ObjectRef(uri="documents/none", sha256="0" * 64, size=0, media_type="application/json")

CERTIFICATES = Certificates(
    variant="receipt-1",
    certificates=tuple(
        Certificate(
            field=name,
            target_error=0.02,
            threshold=threshold,
            decisions=812,
            errors=4,
            bound=0.0112,
            needed=149,
            auroc=0.91,
            population="sroie",
        )
        for name, threshold in (("vendor_name", 0.85), ("date", 0.80), ("total", 0.88))
    ),
)


def box(left: float, top: float, width: float) -> Box:
    return Box(x0=left, y0=top, x1=left + width, y1=top + 0.02)


def layout() -> Layout:
    """A receipt of four lines."""
    texts = ("ACME TRADING SDN BHD", "Date: 03/04/2018", "TOTAL", "RM 980.00")
    places = ((0.1, 0.05), (0.1, 0.2), (0.1, 0.6), (0.62, 0.6))
    lines = []
    for number, (text, (left, top)) in enumerate(zip(texts, places, strict=True), start=1):
        words, start = [], 0
        for word in text.split(" "):
            end = start + len(word)
            words.append(Word(start=start, end=end, box=box(left + start / 100, top, len(word) / 100)))
            start = end + 1
        lines.append(
            Line(
                id=f"1.{number}",
                text=text,
                box=box(left, top, len(text) / 100),
                words=tuple(words),
                source=TextSource.OCR,
                confidence=0.94,
            )
        )
    return Layout(
        pages=(Page(number=1, width=420, height=900, rotation=90, lines=tuple(lines)),),
        notes=(Note(kind=NoteKind.ROTATED, page=1, text="the page was rotated by 90°, corrected"),),
    )


def classification(document_id: str) -> Classification:
    """A receipt, readable, to extraction."""
    return Classification(
        document_id=document_id,
        media_type="image/png",
        page_count=1,
        doc_type="receipt",
        confidence=0.97,
        scores=(
            TypeScore(doc_type="receipt", probability=0.97),
            TypeScore(doc_type="invoice", probability=0.02),
        ),
        novelty=0.12,
        quality=Quality(
            score=0.91,
            pages=(
                PageQuality(
                    page=1,
                    score=0.91,
                    parts=(
                        QualityPart(name="ocr confidence", score=0.95, measured="mean 0.95 over 41 words"),
                        QualityPart(name="contrast", score=0.96, measured="0.71 of full range"),
                    ),
                ),
            ),
            reasons=("page 1 was rotated by 90°, corrected",),
        ),
        notes=layout().notes,
        route=Route.EXTRACT,
        arithmetic=(
            "type: receipt 0.97 ≥ 0.90 (error ≤ 1.1% at 95 %, 3 of 900 wrong)",
            "quality: 0.91 ≥ 0.50",
        ),
        family=document_id,
        layout=NOWHERE,
    )


def reading(
    raw: str, value: str | None, confidence: float, line: str, at: Box, kind: EvidenceClass
) -> Reading:
    evidence = Evidence(page=1, line=line, start=0, end=len(raw), box=at, quote=raw)
    return Reading(raw=raw, value=value, confidence=confidence, evidence=(evidence,), evidence_class=kind)


def fields(
    *, vendor: str = "ACME TRADING SDN BHD", vendor_confidence: float = 0.93
) -> tuple[FieldValue, ...]:
    """What extraction reads from the receipt."""
    vendor_reading = reading(
        vendor, vendor, vendor_confidence, "1.1", box(0.1, 0.05, 0.2), EvidenceClass.VERBATIM
    )
    return (
        FieldValue(
            name="vendor_name",
            state=FieldState.VALUE,
            readings=(vendor_reading,),
            confidence=vendor_confidence,
            alternatives=(
                reading("ACME", "ACME", 0.22, "1.1", box(0.1, 0.05, 0.04), EvidenceClass.VERBATIM),
            ),
        ),
        FieldValue(
            name="vendor_address", state=FieldState.ABSENT, confidence=0.9, note="no candidate above 0.10"
        ),
        FieldValue(
            name="date",
            state=FieldState.VALUE,
            readings=(
                reading(
                    "03/04/2018", "2018-04-03", 0.9, "1.2", box(0.16, 0.2, 0.1), EvidenceClass.NORMALISED
                ),
            ),
            confidence=0.9,
        ),
        FieldValue(
            name="total",
            state=FieldState.VALUE,
            readings=(
                reading("RM 980.00", "980.00", 0.93, "1.4", box(0.62, 0.6, 0.09), EvidenceClass.NORMALISED),
            ),
            confidence=0.93,
        ),
    )


def extraction(document_id: str, read: tuple[FieldValue, ...]) -> Extraction:
    return Extraction(
        document_id=document_id,
        doc_type="receipt",
        classification=NOWHERE,
        fields=read,
        model="local:" + "ab" * 32,
        prompt_version="3",
        reply=None,
    )


def judged(read: tuple[FieldValue, ...], *, doubt_vendor: bool) -> tuple[RecordField, ...]:
    """Validation's decisions about the fields."""
    vendor, address, date, total = read
    if doubt_vendor:
        judged_vendor = RecordField(
            field=vendor,
            decision=FieldDecision.REVIEW,
            arithmetic="0.71 < 0.85 → review",
            reasons=("the value is doubtful",),
        )
    else:
        judged_vendor = RecordField(
            field=vendor, decision=FieldDecision.ACCEPTED, arithmetic="0.93 ≥ 0.85 accepted"
        )
    return (
        judged_vendor,
        RecordField(field=address, decision=FieldDecision.OPTIONAL_ABSENT, arithmetic="0.90 ≥ 0.80 accepted"),
        RecordField(field=date, decision=FieldDecision.ACCEPTED, arithmetic="0.90 ≥ 0.80 accepted"),
        RecordField(field=total, decision=FieldDecision.ACCEPTED, arithmetic="0.93 ≥ 0.88 accepted"),
    )


RULES = (
    RuleVerdict(rule="total_is_positive", verdict=Verdict.HOLDS, explanation="980.00 > 0", fields=("total",)),
    RuleVerdict(
        rule="date_not_in_the_future",
        verdict=Verdict.HOLDS,
        explanation="2018-04-03 ≤ 2026-11-21",
        fields=("date",),
    ),
    RuleVerdict(
        rule="currency_known",
        verdict=Verdict.CANNOT_TELL,
        explanation="currency is absent",
        fields=("currency",),
    ),
)


def record(
    document_id: str,
    decided: tuple[RecordField, ...],
    status: RecordStatus | None,
    *,
    decisions: tuple[str, ...] = (),
) -> Record:
    return Record(
        record_id=document_id,
        doc_type="receipt",
        status=status,
        classification=NOWHERE,
        fields=decided,
        rules=RULES,
        coverage=Coverage(declared=4, with_value=3, absent=1),
        reasons=tuple(f"{f.field.name}: {reason}" for f in decided for reason in f.reasons),
        decision_ids=decisions,
    )
