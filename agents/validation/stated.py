"""What becomes of the fields that an e-invoice states: held against the page, and decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.validation.against_page import Finding, hold_against_page
from agents.validation.stated_tables import hold_table
from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import similar_key
from schemas.fields import FieldKind, FieldState, FieldValue
from schemas.results import CellDoubt, FieldDecision, RecordField


class AgainstPage:
    """Holds what the data of a document state against its pages.

    Args:
        doc_type: The type.
        fields: Every field by name.
        day_first: Whether 03/04 is 3 April on the pages.
    """

    def __init__(
        self, doc_type: DocType, fields: Mapping[str, FieldValue], *, day_first: bool | None
    ) -> None:
        self._day_first = day_first
        self._keys: dict[str, tuple[FieldKind, str]] = {}
        for spec in doc_type.fields:
            value = fields[spec.name].value
            if fields[spec.name].compared is not None and value is not None:
                self._keys[spec.name] = (spec.kind, similar_key(spec.kind, value))

    def of(self, spec: FieldSpec, field: FieldValue, cells: Sequence[CellDoubt]) -> Finding:
        """Return what holding ``field`` against the page brings; ``cells`` are doubts known already."""
        if spec.columns:
            return hold_table(spec, field, cells, day_first=self._day_first)
        others = {key for name, (kind, key) in self._keys.items() if name != spec.name and kind is spec.kind}
        return hold_against_page(spec, field, others, day_first=self._day_first)


def decide_stated(spec: FieldSpec, field: FieldValue, doubts: Sequence[str], found: Finding) -> RecordField:
    """Return what becomes of a field that embedded data state, or say nothing about.

    No certificate speaks of it: the data are the issuer's own words, and what may be wrong with them shows
    on the page.
    """
    reasons = [*(reason for _, reason in found.doubts), *doubts]
    if field.state is FieldState.ABSENT and spec.required:
        reasons.insert(0, "required, but the e-invoice does not state it")
    elif any(reading.value is None for reading in field.readings):
        reasons.insert(0, f"the data can't be read as a {spec.kind.value}")
    elif field.state is FieldState.MISSING:
        reasons.insert(0, f"nothing was decided about this field: {field.note}")
    codes = tuple(dict.fromkeys(code for code, _ in found.doubts if code is not None))
    if reasons:
        return RecordField(
            field=field,
            decision=FieldDecision.REVIEW,
            arithmetic=f"{found.arithmetic} → review",
            reasons=tuple(reasons),
            codes=codes,
            cells=found.cells,
        )
    valued = field.state is FieldState.VALUE
    return RecordField(
        field=field,
        decision=FieldDecision.ACCEPTED if valued else FieldDecision.OPTIONAL_ABSENT,
        arithmetic=f"{found.arithmetic} accepted",
    )
