"""A document as the readers of its fields have it, and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.consulting import Consultation
from doctypes.definition import DocType
from doctypes.named_model import NamedModel
from doctypes.prompt import Prompt
from inference.router.table import RouterTable
from schemas.fields import FieldValue
from schemas.histories import ModelHistory
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import Degradation
from store.layout_text import Words, own_words

if TYPE_CHECKING:
    from inference.digitiser.file import LoadedDigitiser


@dataclass(frozen=True, slots=True)
class About:
    """A document and what its release says of reading it.

    Attributes:
        day_first: Whether 03/04 is 3 April.
        variant: The local model trained for the type; None where there is none.
        named: The large model that reads the type instead, where one is named.
        history: What people found of models' readings of the type.
        hidden: Pages that no model may see as they are: they tell automated readers what to do.
        consultation: The tools that the model may ask first; None where there are none for it.
        quality: How well the pages can be read, 0..1.
        router: Whom doubtful fields may go to; None where nobody else is asked.
        words_of: Where the words of the layout's lines are to be had.
        digitiser: What makes files of the page's picture, for a type whose deliverable is files.
    """

    doc_type: DocType
    prompt: Prompt
    layout: Layout
    day_first: bool | None
    variant: str | None
    named: NamedModel | None = None
    history: ModelHistory | None = None
    hidden: frozenset[int] = frozenset()
    consultation: Consultation | None = None
    quality: float = 1.0
    router: RouterTable | None = None
    words_of: Words = own_words
    digitiser: LoadedDigitiser | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was read.

    Attributes:
        fields: One per declared field.
        model: Who read, as the extraction states it.
        replies: Where the replies are stored, in the order they were asked for.
        degraded: What went otherwise than it was meant, one sentence each.
        degradations: The codes of these.
        routing: The router's arithmetic, one line each.
    """

    fields: tuple[FieldValue, ...]
    model: str
    replies: tuple[ObjectRef, ...]
    degraded: tuple[str, ...] = ()
    degradations: tuple[Degradation, ...] = ()
    routing: tuple[str, ...] = ()

    @property
    def lesser(self) -> bool:
        """Whether another read than the model that was meant."""
        return Degradation.LESSER_MODEL in self.degradations
