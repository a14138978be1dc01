"""What a person hands in, as the API takes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.layout import Unit
from schemas.records import DecisionKind

Name = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=200_000)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
Cells = dict[Name, Text | int | None]
"""A row: a value per column, null where it has none; in ``row`` the number it had, null for a new one."""


class Given(BaseModel):
    """What comes from outside: unknown keys are an error, so that a slip of the pen is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Given):
    """Where on the page a person found a value, in fractions of its width and height."""

    page: Annotated[int, Field(ge=1)]
    x0: Unit
    y0: Unit
    x1: Unit
    y1: Unit


class LiftedCell(Given):
    """A cell whose value was lifted from the page: its row in ``rows``, counted from 1, and its place."""

    row: Annotated[int, Field(ge=1, le=5_000)]
    column: Name
    box: Place


class Entry(Given):
    """One field as a person leaves it.

    Attributes:
        action: ``accept`` what was read, ``correct`` it, ``add`` what was not read, or it is ``absent``.
        value: For a plain field that is corrected or added.
        values: For a list of values.
        rows: For a table, the whole of it.
        lifted: For a table, cells whose values were lifted from the page.
        source: How the value came about.
        ms: Time the field had the focus.
        box: Where it stands, for a lifted value or a presence.
        places: Where each of ``values`` stands, in their order; null for one that was not lifted.
    """

    path: Name
    action: Literal["accept", "correct", "absent", "add"]
    value: Text | None = None
    values: Annotated[tuple[Text, ...], Field(max_length=500)] | None = None
    rows: Annotated[tuple[Cells, ...], Field(max_length=5_000)] | None = None
    lifted: Annotated[tuple[LiftedCell, ...], Field(max_length=5_000)] = ()
    source: Literal["kept", "typed", "alternative", "lifted"] = "kept"
    ms: Milliseconds = 0
    box: Place | None = None
    places: Annotated[tuple[Place | None, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _has_a_place_for_each_value(self) -> Entry:
        if self.places and len(self.places) != len(self.values or ()):
            raise ValueError("'places' has one entry for each of 'values', null where it has none")
        return self


class Override(Given):
    """Why a rule that stays broken is right all the same."""

    rule: Name
    reason: Annotated[str, Field(min_length=3, max_length=1_000)]


class Submission(Given):
    """A decision: of fields, or of what the document is."""

    kind: DecisionKind = DecisionKind.FIELDS
    fields: Annotated[tuple[Entry, ...], Field(max_length=500)] = ()
    doc_type: Name | None = None
    ranges: Annotated[tuple[tuple[int, int], ...], Field(max_length=2_000)] = ()
    comment: Annotated[str, Field(max_length=4_000)] | None = None
    overrides: Annotated[tuple[Override, ...], Field(max_length=200)] = ()
    active_ms: Milliseconds = 0
    keystrokes: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    hard_case: bool = False
    hard_tag: Name | None = None
    together_with: Name | None = None
    """A task that asks the same, with which this one was looked at and accepted."""
