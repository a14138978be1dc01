"""Fields from an e-invoice's structured data, each beside what the page says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agents.extraction.printed import Printed
from agents.extraction.stated_rows import stated_table
from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import compare
from doctypes.stated import stated_value
from schemas.fields import (
    Compared,
    DataElement,
    Evidence,
    EvidenceClass,
    FieldKind,
    FieldState,
    FieldValue,
    Reading,
)
from schemas.layout import DataValue, EmbeddedData, Layout

MAX_ALTERNATIVES = 3
_NAMING = frozenset({FieldKind.IDENTIFIER, FieldKind.PARTY})
_MINIMUM = re.compile(r":minimum\b", re.IGNORECASE)
SELLER, PAYEE, TYPE_CODE = "BT-27", "BT-59", "BT-3"
CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
"""Types of invoices (UNTDID 1001) that give money back."""


class Statements:
    """What the e-invoices of a document state of its fields.

    Args:
        doc_type: The type; its fields name the terms.
        layout: The document; its data are not empty.
        day_first: Whether 03/04 is 3 April on its pages.
    """

    def __init__(self, doc_type: DocType, layout: Layout, *, day_first: bool | None) -> None:
        self._doc_type = doc_type
        self._first = layout.data[0]
        self._others = layout.data[1:]
        self._day_first = day_first
        self._credit = any(value.value in CREDIT_NOTES for value in self._first.of(TYPE_CODE))
        self._printed = Printed(layout, day_first=day_first, either_sign=self._credit)

    def over(self, pages: Sequence[FieldValue] | None) -> tuple[FieldValue, ...]:
        """Return every declared field: as stated where it is, else as the page says.

        Args:
            pages: The fields as read from the page; None where the data are the document itself.
        """
        known = {field.name: field for field in pages or ()}
        return tuple(self._field(spec, known.get(spec.name)) for spec in self._doc_type.fields)

    def _field(self, spec: FieldSpec, page: FieldValue | None) -> FieldValue:
        if spec.columns:
            return stated_table(spec, page, self._first, self._printed, either_sign=self._credit)
        stated = self._stated(spec)
        if not stated:
            return self._unstated(spec, page)
        chosen = stated if spec.many else (self._chosen(spec, stated, page),)
        rivals = () if spec.many else self._rivals(spec, chosen[0])
        compared = Compared(
            page=page,
            rivals=rivals,
            either_sign=self._credit and spec.kind is FieldKind.MONEY,
            payee=self._payee() if spec.term == SELLER else None,
        )
        return FieldValue(
            name=spec.name,
            state=FieldState.VALUE,
            readings=chosen,
            alternatives=self._alternatives(spec, chosen, page, rivals),
            compared=compared,
        )

    def _unstated(self, spec: FieldSpec, page: FieldValue | None) -> FieldValue:
        """Return a field that no data state: as the page says, unless page and data both have none of it."""
        if page is None:
            return _absent(spec, "the e-invoice does not state it", Compared())
        could_state = spec.term is not None and not _MINIMUM.search(self._first.profile or "")
        if not could_state or spec.critical or spec.required:
            return page
        if page.state is FieldState.ABSENT:
            note = "neither the e-invoice nor the page states it"
            return _absent(spec, note, Compared(page=page), page.alternatives)
        if spec.kind in _NAMING and page.readings and all(map(self._is_of_another, page.readings)):
            note = "the e-invoice does not state it; what was read for it is another of its values"
            return _absent(spec, note, Compared(page=page), page.readings)
        return page

    def _is_of_another(self, read: Reading) -> bool:
        """Whether what was read stands in the data as something else: the seller's number for the buyer's."""
        return any(
            stated is not None and read.value is not None and compare(other.kind, stated, read.value)
            for other in self._doc_type.fields
            if other.term and other.kind in _NAMING
            for value in self._first.of(other.term)
            for stated in [value.value and stated_value(other.kind, value.value)]
        )

    def _stated(self, spec: FieldSpec) -> tuple[Reading, ...]:
        """Return what the first e-invoice that states the field says, in its order."""
        for data in (self._first, *self._others):
            if spec.term and (values := data.of(spec.term)):
                return tuple(self._reading(spec.kind, data, value) for value in values)
        return ()

    def _chosen(self, spec: FieldSpec, stated: Sequence[Reading], page: FieldValue | None) -> Reading:
        """Of several accounts or due days, return the one the page shows, else the first."""
        for reading in stated:
            if page and any(self._same(spec.kind, reading, read) for read in page.readings):
                return reading
        return next((reading for reading in stated if reading.evidence), stated[0])

    def _rivals(self, spec: FieldSpec, chosen: Reading) -> tuple[Reading, ...]:
        """Return what is stated otherwise: twice in one e-invoice, or in another one attached."""
        if spec.term is None:
            return ()
        own = next(data for data in (self._first, *self._others) if data.of(spec.term))
        accepted = () if spec.term in own.conflicts else own.of(spec.term)
        known = [chosen, *(self._reading(spec.kind, own, value) for value in accepted)]
        rivals: list[Reading] = []
        for data in (self._first, *self._others):
            for value in data.of(spec.term):
                reading = self._reading(spec.kind, data, value)
                if not any(self._same(spec.kind, reading, other) for other in (*known, *rivals)):
                    rivals.append(reading)
        return tuple(rivals)

    def _payee(self) -> Reading | None:
        for data in (self._first, *self._others):
            for value in data.of(PAYEE):
                reading = self._reading(FieldKind.PARTY, data, value)
                if data.name is not None and not reading.evidence:
                    return reading
        return None

    def _reading(self, kind: FieldKind, data: EmbeddedData, value: DataValue) -> Reading:
        normal = None if value.value is None else stated_value(kind, value.value)
        return Reading(
            raw=value.raw,
            value=normal,
            evidence=self._evidence(kind, normal, data, value),
            evidence_class=EvidenceClass.EMBEDDED_DATA,
            element=DataElement(data=data.name, term=value.term, path=value.path),
        )

    def _evidence(
        self, kind: FieldKind, normal: str | None, data: EmbeddedData, value: DataValue
    ) -> tuple[Evidence, ...]:
        if data.name is None:
            return self._printed.lines(value.lines)
        return () if normal is None else self._printed.find(kind, normal)

    def _same(self, kind: FieldKind, one: Reading, other: Reading) -> bool:
        if one.value is None or other.value is None:
            return one.raw == other.raw
        return compare(kind, one.value, other.value, day_first=self._day_first)

    def _alternatives(
        self,
        spec: FieldSpec,
        chosen: Sequence[Reading],
        page: FieldValue | None,
        rivals: Iterable[Reading],
    ) -> tuple[Reading, ...]:
        """Return what else a person may choose: what the page says, then what other data say."""
        found: list[Reading] = []
        for reading in (*(page.readings if page else ()), *rivals, *(page.alternatives if page else ())):
            if not any(self._same(spec.kind, reading, other) for other in (*chosen, *found)):
                found.append(reading)
        return tuple(found[:MAX_ALTERNATIVES])


def _absent(
    spec: FieldSpec, note: str, compared: Compared, alternatives: tuple[Reading, ...] = ()
) -> FieldValue:
    return FieldValue(
        name=spec.name, state=FieldState.ABSENT, note=note, compared=compared, alternatives=alternatives
    )
