"""Who reads a document's fields: the variant trained for its type, or a large model and whoever checks it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.asking import Answered, DeclinedError, answered
from agents.consulting import Consultation, consulted
from agents.extraction.agreement import SecondReading, measured
from agents.extraction.chunks import Chunk, chunks_of
from agents.extraction.fields import field_values
from agents.extraction.merging import Merged, Part, merge
from agents.extraction.pictures import Renderer, most_pages, pictures_of
from agents.extraction.questions import LOCAL, Asked, fields_asked, request_for
from agents.stage import Work
from doctypes.definition import DocType
from doctypes.named_model import AGAIN, NOBODY, VARIANT, NamedModel
from doctypes.prompt import Prompt
from inference.pictures import sees
from inference.protocol import ModelClient, ModelRequest
from schemas.errors import PermanentError, TransientError
from schemas.fields import FieldState, FieldValue
from schemas.histories import ModelHistory
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import Degradation
from store.ledger import PayOnce

_DECLINED = (Degradation.MODEL_DECLINED,)
UNTRAINED = "local:untrained"
"""Whoever reads a type that nobody trained yet: by kinds and labels alone, accepting nothing."""


@dataclass(frozen=True, slots=True)
class About:
    """A document and what its release says of reading it.

    Attributes:
        day_first: Whether 03/04 is 3 April.
        variant: The local model trained for the type; None where there is none.
        named: The large model that reads the type instead, where one is named.
        history: What people found of models' readings of the type.
        hidden: Pages that no model may see as they are: they tell automated readers what to do.
        repaid: The cause for which models are asked anew, whatever replies are known.
        consultation: The tools that the model may ask first; None where there are none for it.
    """

    doc_type: DocType
    prompt: Prompt
    layout: Layout
    day_first: bool | None
    variant: str | None
    named: NamedModel | None = None
    history: ModelHistory | None = None
    hidden: frozenset[int] = frozenset()
    repaid: str | None = None
    consultation: Consultation | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was read.

    Attributes:
        fields: One per declared field.
        model: Who read, as the extraction states it.
        replies: Where the replies are stored, in the order they were asked for.
        degraded: What went otherwise than it was meant, one sentence each.
        degradations: The codes of these.
    """

    fields: tuple[FieldValue, ...]
    model: str
    replies: tuple[ObjectRef, ...]
    degraded: tuple[str, ...] = ()
    degradations: tuple[Degradation, ...] = ()

    @property
    def lesser(self) -> bool:
        """Whether another read than the model that was meant."""
        return Degradation.LESSER_MODEL in self.degradations


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Asks models for the fields of documents.

    Attributes:
        renderer: Draws pages for models that see; None shows them none.
        fallback: Whether the local variant may read while a named model's endpoint does not answer.
    """

    client: ModelClient
    ledger: PayOnce
    renderer: Renderer | None = None
    fallback: bool = False

    async def read(self, work: Work, about: About) -> Said:
        """Return the fields of a document; a model that would not answer leaves them to a person.

        Raises:
            TransientError: A model does not answer, and nobody may read in its place.
            PermanentError: Its answer can't be used.
        """
        named = about.named
        if named is None or named.model.startswith(LOCAL):
            return await self._local(work, about, named.model if named else about.variant or UNTRAINED)
        try:
            return await self._large(work, about, named)
        except TransientError as error:
            if not (self.fallback and error.target.startswith("model:") and about.variant):
                raise
            why = f"model {named.model!r} did not answer ({error}); the local variant read instead"
            work.trail.step("decision", "fallback", arithmetic=[why])
            said = await self._local(work, about, about.variant)
            codes = (*said.degradations, Degradation.LESSER_MODEL)
            return Said(said.fields, said.model, said.replies, (*said.degraded, why), codes)

    async def _local(self, work: Work, about: About, model: str) -> Said:
        """Let a local model read the whole document; its confidences are calibrated."""
        request = request_for(
            about.doc_type, about.prompt, Asked(about.layout, repaid=about.repaid), model=model
        )
        try:
            found = await self.answered(work, about, request)
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            fields = field_values({}, about.doc_type, about.layout, day_first=about.day_first)
            reply = work.trail.outputs["reply"]
            return Said(fields, model, (reply,), (f"{error}; nothing was read",), _DECLINED)
        fields = field_values(found.answer, about.doc_type, about.layout, day_first=about.day_first)
        return Said(fields, found.reply.model, (found.ref,))

    async def answered(self, work: Work, about: About, request: ModelRequest) -> Answered:
        """Return what a model records, after it asked the tools it may ask.

        Raises:
            DeclinedError: The model would not answer.
            ModelAnswerError: Its answer can't be used.
        """
        if about.consultation is None:
            return await answered(work, self.ledger, self.client, request)
        tools = about.prompt.tools
        return await consulted(work, self.ledger, self.client, request, about.consultation, tools)

    async def _large(self, work: Work, about: About, named: NamedModel) -> Said:
        first = await self.ask_large(work, about, named)
        codes = _DECLINED if first.degraded else ()
        if all(one.field.state is FieldState.MISSING for one in first.found):
            # Nothing to hold another reading against.
            nothing = tuple(one.field for one in first.found)
            return Said(nothing, first.model, first.replies, first.degraded, codes)
        second, replies = await self._second(work, about, named)
        fields = measured(
            first.found, model=named.model, whole=first.whole, second=second, history=about.history
        )
        return Said(fields, first.model, (*first.replies, *replies), first.degraded, codes)

    async def _second(
        self, work: Work, about: About, named: NamedModel
    ) -> tuple[SecondReading | None, tuple[ObjectRef, ...]]:
        """Return another reading, where one is wanted; one that can't be used is told of, and is none."""
        about, variant = replace(about, consultation=None), about.variant
        if named.second == NOBODY or (named.second == VARIANT and variant is None):
            return None, ()
        try:
            if named.second == VARIANT and variant is not None:
                said = await self._local(work, about, variant)
                return SecondReading(VARIANT, _by_name(said.fields)), said.replies
            again = named.second == AGAIN
            other = named if again else named.model_copy(update={"model": named.second, "sees": None})
            found = await self.ask_large(work, about, other, sample_index=1 if again else 0)
        except PermanentError as error:
            work.trail.step("note", "no second reading", by=named.second, why=str(error))
            return None, ()
        fields = _by_name(tuple(one.field for one in found.found))
        return SecondReading(AGAIN if again else other.model, fields), found.replies

    async def ask_large(
        self,
        work: Work,
        about: About,
        named: NamedModel,
        *,
        only: Collection[str] = (),
        sample_index: int = 0,
    ) -> LargeReading:
        """Return what a large model reads: in parts where the document is long, with pictures where it sees.

        Args:
            work: The document.
            about: What is asked.
            named: Who is asked.
            only: The fields asked for; empty for all.
            sample_index: Tells deliberate second readings apart.
        """
        seeing = self.renderer is not None and (sees(named.model) if named.sees is None else named.sees)
        pages = most_pages(about.layout, named.pages, sees=seeing)
        chunks = chunks_of(about.layout, pages=pages, tokens=named.context_tokens)
        if len(chunks) > 1:
            work.trail.step("note", "asked in parts", pages=[list(chunk.pages) for chunk in chunks])
        asked = about.doc_type.model_copy(update={"fields": fields_asked(about.doc_type, only)})
        reading = _Reading(self, work, about, asked, named.model, seeing, sample_index, len(chunks) > 1)
        for chunk in chunks:
            await reading.ask(chunk, only)
        found = merge(asked, reading.parts)
        return LargeReading(
            found, reading.answered_by, tuple(reading.replies), len(chunks) == 1, tuple(reading.degraded)
        )


@dataclass(frozen=True, slots=True)
class LargeReading:
    """What a large model read.

    Attributes:
        found: One per field asked for.
        model: Who answered: the model behind a prompt router, where it says so.
        whole: The document was asked about in one request.
    """

    found: tuple[Merged, ...]
    model: str
    replies: tuple[ObjectRef, ...]
    whole: bool
    degraded: tuple[str, ...]


class _Reading:
    """One reading of a document under way, part by part."""

    def __init__(
        self,
        reader: FieldReader,
        work: Work,
        about: About,
        asked: DocType,
        model: str,
        seeing: bool,
        sample_index: int,
        in_parts: bool,
    ) -> None:
        self._reader = reader
        self._work = work
        self._about = about
        self._asked = asked
        self._model = model
        self._seeing = seeing
        self._sample_index = sample_index
        self._in_parts = in_parts
        self.answered_by = model
        self.parts: list[Part] = []
        self.replies: list[ObjectRef] = []
        self.degraded: list[str] = []

    async def ask(self, chunk: Chunk, only: Collection[str]) -> None:
        """Ask about one part; a model that will not answer leaves its fields undecided."""
        about, work = self._about, self._work
        answer: dict[str, Any] = {}
        request = request_for(about.doc_type, about.prompt, await self._shown(chunk, only), model=self._model)
        try:
            found = await self._reader.answered(work, about, request)
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            where = f"pages {chunk.first}-{chunk.last}: " if self._in_parts else ""
            self.degraded.append(f"{where}{error}; nothing was read")
            self.replies.append(work.trail.outputs["reply"])
        else:
            answer, self.answered_by = found.answer, found.reply.model
            self.replies.append(found.ref)
        fields = field_values(answer, self._asked, chunk.layout, day_first=about.day_first, measured=True)
        self.parts.append(Part(chunk.pages, fields))

    async def _shown(self, chunk: Chunk, only: Collection[str]) -> Asked:
        pictures: Sequence[Any] = ()
        renderer = self._reader.renderer
        if self._seeing and renderer is not None:
            pictures = await pictures_of(self._work, renderer, chunk.layout, without=self._about.hidden)
        part = (chunk.first, chunk.last, len(self._about.layout.pages)) if self._in_parts else None
        return Asked(chunk.layout, part, pictures, frozenset(only), self._sample_index, self._about.repaid)


def _by_name(fields: Sequence[FieldValue]) -> dict[str, FieldValue]:
    return {field.name: field for field in fields}
