"""From what a model recorded to field values: every declared field once, every reading grounded."""

from __future__ import annotations

from typing import Any

from agents.extraction.grounding import LineIndex
from agents.extraction.readings import MAX_ALTERNATIVES, Page
from agents.extraction.rows import table_value
from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import infer_day_first
from schemas.fields import FieldState, FieldValue
from schemas.layout import Layout
from store.layout_text import Words, own_words


def field_values(
    answer: dict[str, Any],
    doc_type: DocType,
    layout: Layout,
    *,
    day_first: bool | None,
    measured: bool = False,
    words_of: Words = own_words,
) -> tuple[FieldValue, ...]:
    """Return one value per declared field; a field the model left out is *missing*, never absent.

    Args:
        answer: What the model recorded.
        doc_type: Declares the fields.
        layout: What the model was shown.
        day_first: Whether 03/04 is 3 April.
        measured: The model states no calibrated confidences, as large ones do not: what it says of its own
            sureness is left out, and a quote may differ from the page in a few letters.
        words_of: Where the words of the layout's lines are to be had.
    """
    page = Page(LineIndex(layout, words_of), day_first, measured)
    return tuple(_value(spec, answer.get(spec.name), page) for spec in doc_type.fields)


def reading_of_dates(layout: Layout, doc_type: DocType) -> bool | None:
    """Return whether days come first: as an unambiguous date in the document proves, else as its type says.

    One 11/17/2017 in a document tells how its 11/03/2017 is meant; the language does not.
    """
    proved = infer_day_first(line.text for page in layout.pages for line in page.lines)
    return doc_type.day_first if proved is None else proved


def _value(spec: FieldSpec, recorded: dict[str, Any] | None, page: Page) -> FieldValue:
    if recorded is None:
        note = "the model did not answer for this field"
        return FieldValue(name=spec.name, state=FieldState.MISSING, note=note, columns=spec.column_names)
    if spec.columns:
        return table_value(spec, recorded, page)
    readings = tuple(page.read(spec, reading) for reading in recorded["readings"])
    others = recorded.get("alternatives", ())[:MAX_ALTERNATIVES]
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE if readings else FieldState.ABSENT,
        readings=readings,
        confidence=page.confidence(recorded),
        alternatives=tuple(page.read(spec, reading) for reading in others),
        note=None if readings else "the model found no such value in the document",
    )
