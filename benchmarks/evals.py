"""How fast sets are built, scored and compared.

    python -m benchmarks.evals [--records N]

Targets: scoring 10,000 records of 12 fields within 20 s, a comparison with 10,000 resamples within 5 s, a set
of 10,000 built within 30 s; seconds of CPU time, on whatever machine this is.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from doctypes.definition import DocType, FieldSpec
from evals.comparing.rule import Contest, compare
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.table import score
from evals.sets.build import Wanted, build
from evals.sets.form import SetRecord, records_bytes
from evals.truth import truths_of
from schemas.canonical import sha256_hex
from schemas.fields import FieldKind, FieldState
from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState

KINDS = (
    FieldKind.PARTY,
    FieldKind.MONEY,
    FieldKind.DATE,
    FieldKind.IDENTIFIER,
    FieldKind.TEXT,
    FieldKind.ADDRESS,
)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SCHEMA = sha256_hex(b"schema")
MIX = {"invoice": 1.0}


def doc_type() -> DocType:
    """Return a type of twelve fields."""
    fields = [
        FieldSpec(
            name=f"field_{n}", title="f", description="f", kind=KINDS[n % 6], required=n < 6, critical=n < 2
        )
        for n in range(12)
    ]
    return DocType(
        name="invoice", title="Invoice", description="Made up.", version="1.0", fields=tuple(fields)
    )


def value(kind: FieldKind, number: int) -> str:
    """Return a value of a kind."""
    match kind:
        case FieldKind.MONEY:
            return f"{number % 9000}.{number % 90 + 10}"
        case FieldKind.DATE:
            return (date(2020, 1, 1) + timedelta(days=number % 2000)).isoformat()
        case FieldKind.IDENTIFIER:
            return f"INV-{number:08d}"
        case _:
            return f"Number {number} of Some Street Ltd"


def reviewed(count: int) -> list[ReviewedRecord]:
    """Return reviewed records, a tenth of them routed."""
    spec = doc_type()
    ref = ObjectRef(uri="documents/x/record", sha256="0" * 64, size=1, media_type="application/json")
    out = []
    for number in range(count):
        routed = number % 10 == 0
        fields = [
            ReviewedField(
                name=one.name,
                state=ReviewedState.CONFIRMED,
                values=(value(one.kind, number * 12 + place),),
                raws=("x",),
                inclusion=1.0 if routed else 0.02,
            )
            for place, one in enumerate(spec.fields)
        ]
        key = sha256_hex(str(number).encode())
        out.append(
            ReviewedRecord(
                document_id=key, run_id="r", decision_id=f"d{number}", doc_type="invoice",
                schema_digest=SCHEMA, family=key, layout=ref, lane="routed" if routed else "audit",
                reviewer="r1", reviewed_at=NOW - timedelta(hours=number % 600), record=ref,
                fields=tuple(fields),
            )
        )  # fmt: skip
    return out


def answers(records: Sequence[SetRecord], wrong: float, seed: int) -> dict[str, Answer]:
    """Return answers of which a share is wrong; one in twenty of the right ones is written otherwise."""
    drawn = random.Random(seed)
    out = {}
    for record in records:
        fields = []
        for name, truth in record.truth.items():
            off = drawn.random() < wrong
            said = "another value" if off else f" {truth}" if drawn.random() < 0.05 else str(truth)
            fields.append(
                AnsweredField(
                    name=name, state=FieldState.VALUE, values=(said,), accepted=not off,
                    confidence=0.6 + 0.39 * drawn.random(),
                )
            )  # fmt: skip
        out[record.doc.id] = Answer(
            document_id=record.doc.id, variant="v", fields=tuple(fields), routed=False
        )
    return out


def timed(what: str, started: float, limit: float) -> None:
    """Print how long something took."""
    took = time.process_time() - started
    print(f"{what:<58} {took:6.1f} s CPU   target {limit:.0f} s   {'ok' if took <= limit else 'MISSED'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evals")
    parser.add_argument("--records", type=int, default=10_000)
    count = parser.parse_args(arguments).records
    said, types = reviewed(count), {SCHEMA: doc_type()}
    wanted = Wanted("main", date(2026, 10, 20), date(2026, 11, 21), count, 7, MIX, NOW, "bench")
    started = time.process_time()
    built = build(truths_of(said), types, wanted)
    size = len(records_bytes(built.records))
    timed(f"build a set of {len(built.records):,} ({size / 1e6:.0f} MB)", started, 30)
    sides = [answers(built.records, wrong, seed) for wrong, seed in ((0.03, 1), (0.025, 2))]
    started = time.process_time()
    champion = score(built.records, sides[0], types, MIX)
    timed(f"score {len(built.records):,} records x 12 fields", started, 20)
    challenger = score(built.records, sides[1], types, MIX)
    started = time.process_time()
    found = compare(Contest(("a", "b"), ("a" * 64, "b" * 64), champion, challenger, built.manifest.set_id))
    timed("compare, 10,000 resamples of documents", started, 5)
    print(f"verdict: {found.outcome.value}, {found.exact.fixes} fixes, {found.exact.breaks} breaks")


if __name__ == "__main__":
    main()
