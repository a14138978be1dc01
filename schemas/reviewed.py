"""What people said of a record: the one shape that training, fine-tuning and evals read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from schemas.fields import Evidence
from schemas.layout import Frozen
from schemas.objects import ObjectRef

Probability = Annotated[float, Field(gt=0.0, le=1.0)]


class ReviewedState(StrEnum):
    """What a person said of a field."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ABSENT = "absent"
    NOT_REVIEWED = "not_reviewed"


class ReviewedField(Frozen):
    """One declared field with what a person said of it.

    Attributes:
        values: Normal forms, one for a plain field, any number for a list; empty where absent or not
            reviewed, and for a rows field.
        raws: As printed, one for each value; training looks for these on the page.
        spans: Where the values stand, as far as the person or the model showed.
        rows: A rows field's rows in order, by column; a column that a row does not name is absent from it.
        inclusion: Probability, over all lanes, with which this field of this document was asked about at
            all; estimates weigh by its inverse. None where nobody was asked.
        volunteered: Nobody was asked, the person spoke up: that is no draw, and no estimate counts it.
        ms: How long the person had it before him.
    """

    name: str
    state: ReviewedState
    values: tuple[str, ...] = ()
    raws: tuple[str, ...] = ()
    spans: tuple[Evidence, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()
    inclusion: Probability | None = None
    volunteered: bool = Field(default=False, exclude_if=lambda volunteered: not volunteered)
    ms: int | None = Field(default=None, exclude_if=lambda ms: ms is None)

    @model_validator(mode="after")
    def _agrees_with_its_state(self) -> ReviewedField:
        told = bool(self.values or self.rows)
        if told != (self.state in (ReviewedState.CONFIRMED, ReviewedState.CORRECTED)):
            raise ValueError(f"{self.name}: {self.state.value} with{'' if told else 'out'} a value")
        if (self.inclusion is None) != (self.state is ReviewedState.NOT_REVIEWED):
            raise ValueError(f"{self.name}: a reviewed field has an inclusion probability, others none")
        if len(self.raws) != len(self.values):
            raise ValueError(f"{self.name}: {len(self.raws)} raw texts for {len(self.values)} values")
        return self


class ReviewedRecord(Frozen):
    """A record as people left it.

    Attributes:
        document_id: The document, which is also the record.
        run_id: The run whose record was looked at.
        decision_id: The decision this tells of.
        schema_digest: Of the type as the person saw it.
        family: Pool family of the document, which decides whether training or evals may read this.
        left_out: Neither may: the document joins two families that proved near.
        layout: What the document's pages say, for whoever trains on it.
        lane: Why a person looked: routed, audit, gold, double, blind, adjudication.
        hard: Flagged as a hard case.
        hard_tag: In which way, where the person said.
        record: The record the person looked at, as the model and the rules left it.
        active_ms: How long the person worked on it.
        refused: Probability with which anybody was asked, where the person said that the document is of
            another type, several documents or none: nothing read of it is right, and no field was reviewed.
        fields: Every declared field, once, those that were not reviewed included.
    """

    document_id: str
    run_id: str
    decision_id: str
    doc_type: str
    schema_digest: str
    family: str
    left_out: bool = False
    layout: ObjectRef
    lane: str
    reviewer: str
    reviewed_at: AwareDatetime
    hard: bool = False
    hard_tag: str | None = Field(default=None, exclude_if=lambda tag: tag is None)
    record: ObjectRef | None = Field(default=None, exclude_if=lambda ref: ref is None)
    active_ms: int | None = Field(default=None, exclude_if=lambda ms: ms is None)
    refused: Probability | None = Field(default=None, exclude_if=lambda refused: refused is None)
    fields: tuple[ReviewedField, ...]

    @model_validator(mode="after")
    def _reviews_no_field_of_what_is_refused(self) -> ReviewedRecord:
        said = [field.name for field in self.fields if field.state is not ReviewedState.NOT_REVIEWED]
        if self.refused is not None and said:
            raise ValueError(f"refused as a whole, with reviewed fields: {', '.join(said)}")
        return self

    @model_validator(mode="after")
    def _names_each_field_once(self) -> ReviewedRecord:
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"fields named twice: {', '.join(twice)}")
        return self

    def field(self, name: str) -> ReviewedField:
        """Return the field ``name``; KeyError if the record has no such field."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
