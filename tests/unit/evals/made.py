"""Reviewed records of a made-up production, as people would have left them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from doctypes.definition import DocType, FieldSpec
from evals.sets.build import Wanted
from schemas.canonical import sha256_hex
from schemas.fields import FieldKind
from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FIELDS = ("seller", "total", "due")
KINDS = (FieldKind.PARTY, FieldKind.MONEY, FieldKind.DATE)


def doc_type(name: str = "invoice") -> DocType:
    """A type of three fields; seller and total are required, total is critical."""
    return DocType(
        name=name,
        title=name.title(),
        description="Made up.",
        version="1.0",
        fields=tuple(
            FieldSpec(
                name=field, title=field, description=field, kind=kind, required=field != "due",
                critical=field == "total",
            )
            for field, kind in zip(FIELDS, KINDS, strict=True)
        ),
    )  # fmt: skip


def schema_of(name: str) -> str:
    """The digest that a made-up type's schema has."""
    return sha256_hex(f"schema of {name}".encode())


def types(*names: str) -> dict[str, DocType]:
    """Declarations by digest."""
    return {schema_of(name): doc_type(name) for name in names}


def ref(uri: str) -> ObjectRef:
    """A reference to nothing in particular."""
    return ObjectRef(uri=uri, sha256="0" * 64, size=1, media_type="application/json")


def record(
    number: int,
    *,
    name: str = "invoice",
    lane: str = "audit",
    inclusion: float = 0.02,
    asked: Sequence[str] = FIELDS,
    values: Mapping[str, str | None] | None = None,
    **changes: object,
) -> ReviewedRecord:
    """A document that a person looked at; its values follow from its number."""
    document_id = sha256_hex(f"{name} {number}".encode())
    told = {"seller": f"Shop {number} Ltd", "total": f"{number}.50", "due": "2026-12-01"} | dict(values or {})
    base = ReviewedRecord(
        document_id=document_id,
        run_id=f"run-{number}",
        decision_id=f"{lane}-{name}-{number}",
        doc_type=name,
        schema_digest=schema_of(name),
        family=document_id,
        layout=ref(f"documents/{document_id}/layout"),
        lane=lane,
        reviewer=f"r{number % 3}",
        reviewed_at=NOW - timedelta(days=number % 20, minutes=number % 60),
        record=ref(f"documents/{document_id}/record"),
        fields=tuple(field(one, told[one], inclusion) if one in asked else unasked(one) for one in FIELDS),
    )
    return base.model_copy(update=changes)


def field(name: str, value: str | None, inclusion: float) -> ReviewedField:
    """A field as a person left it."""
    if value is None:
        return ReviewedField(name=name, state=ReviewedState.ABSENT, inclusion=inclusion)
    return ReviewedField(
        name=name, state=ReviewedState.CONFIRMED, values=(value,), raws=(value,), inclusion=inclusion
    )


def unasked(name: str) -> ReviewedField:
    """A field that nobody was asked about."""
    return ReviewedField(name=name, state=ReviewedState.NOT_REVIEWED)


def wanted(**changes: object) -> Wanted:
    """A set of the last month."""
    base: dict[str, object] = {
        "name": "main",
        "first": date(2026, 10, 22),
        "last": date(2026, 11, 21),
        "per_type": 100,
        "seed": 7,
        "mix": {"invoice": 0.6, "lease": 0.4},
        "now": NOW,
        "code": "test",
    }
    return Wanted(**(base | changes))  # type: ignore[arg-type]


def production(count: int, *, seed: int = 0, mix: Mapping[str, float] | None = None) -> list[ReviewedRecord]:
    """A month of reviewed records: a tenth routed for their total alone, the others audited."""
    drawn = random.Random(seed)
    shares = mix or {"invoice": 0.6, "lease": 0.4}
    out = []
    for number in range(count):
        name = drawn.choices(list(shares), list(shares.values()))[0]
        if drawn.random() < 0.3:
            out.append(record(number, name=name, lane="routed", inclusion=1.0, asked=("total",)))
        else:
            out.append(record(number, name=name))
    return out
