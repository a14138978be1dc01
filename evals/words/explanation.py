"""A record as people read it: truth beside answers; these lines hold values, for who may see them."""

from __future__ import annotations

from evals.explaining import Explained

_ID = 12


def explained_lines(found: Explained) -> list[str]:
    """Return a record's fields, each with its truth and what each variant answered."""
    record = found.record
    lines = [
        f"RECORD {record.rid[:_ID]}  {record.doc_type}  {record.lane}  reviewed {record.reviewed_at} "
        f"by {', '.join(record.reviewers)}" + ("  hard" if record.hard else "")
    ]
    for field in found.fields:
        lines.append(f"  {field.name} ({field.comparator})")
        lines.append(f"    truth     {field.truth}")
        for name, (said, right) in field.answers.items():
            lines.append(f"    {'right' if right else 'WRONG'}     {name}: {said}")
    lines += [f"  {name} gave no answer: {why}" for name, why in found.told.items()]
    return [*lines, f"  doctrail trace {record.doc.id[:_ID]}"]
