"""Asking large models: in parts where a document is long, with pictures where they see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from agents.asking import TOO_MUCH, Answered, DeclinedError, answered
from agents.consulting import consulted
from agents.extraction.about import About
from agents.extraction.chunks import Chunk, chunks_of, halves
from agents.extraction.fields import field_values
from agents.extraction.merging import Merged, Part, merge
from agents.extraction.pictures import most_pages, pictures_of
from agents.extraction.questions import Asked, PagePicture, fields_asked, request_for
from agents.rendering import Renderer
from agents.stage import Work
from doctypes.definition import DocType
from doctypes.named_model import NamedModel
from inference.pictures import sees
from inference.protocol import ModelClient, ModelRequest
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from store.ledger import PayOnce


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


@dataclass(frozen=True, slots=True)
class LargeModels:
    """Asks models, large ones in whatever parts and with whatever pictures they take.

    Attributes:
        renderer: Draws pages for models that see; None shows them none.
    """

    client: ModelClient
    ledger: PayOnce
    renderer: Renderer | None = None

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

    async def ask(
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
        reading = _Reading(self, work, about, asked, named.model, seeing, sample_index)
        for chunk in chunks:
            await reading.ask(chunk, only)
        found = merge(asked, reading.parts)
        return LargeReading(
            found,
            reading.answered_by,
            tuple(reading.replies),
            len(reading.parts) == 1,
            tuple(reading.degraded),
        )


class _Reading:
    """One reading of a document under way, part by part."""

    def __init__(
        self,
        models: LargeModels,
        work: Work,
        about: About,
        asked: DocType,
        model: str,
        seeing: bool,
        sample_index: int,
    ) -> None:
        self._models = models
        self._work = work
        self._about = about
        self._asked = asked
        self._model = model
        self._seeing = seeing
        self._sample_index = sample_index
        self.answered_by = model
        self.parts: list[Part] = []
        self.replies: list[ObjectRef] = []
        self.degraded: list[str] = []

    async def ask(self, chunk: Chunk, only: Collection[str]) -> None:
        """Ask about one part, in halves if it was too much; one who will not answer leaves fields undecided.

        Raises:
            PermanentError: The answer can't be used, or a single page is too much.
        """
        about, work = self._about, self._work
        answer: dict[str, Any] = {}
        request = request_for(about.doc_type, about.prompt, await self._shown(chunk, only), model=self._model)
        try:
            found = await self._models.answered(work, about, request)
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            where = f"pages {chunk.first}-{chunk.last}: " if self._is_part(chunk) else ""
            self.degraded.append(f"{where}{error}; nothing was read")
            self.replies.append(work.trail.outputs["reply"])
        except PermanentError as error:
            smaller = halves(chunk) if error.reason in TOO_MUCH else ()
            if not smaller:
                raise
            work.trail.step("note", "asked in halves", pages=list(chunk.pages), why=str(error))
            for half in smaller:
                await self.ask(half, only)
            return
        else:
            answer, self.answered_by = found.answer, found.reply.model
            self.replies.append(found.ref)
        fields = field_values(
            answer,
            self._asked,
            chunk.layout,
            day_first=about.day_first,
            measured=True,
            words_of=about.words_of,
        )
        self.parts.append(Part(chunk.pages, fields))

    async def _shown(self, chunk: Chunk, only: Collection[str]) -> Asked:
        pictures: Sequence[PagePicture] = ()
        renderer = self._models.renderer
        if self._seeing and renderer is not None:
            pictures = await pictures_of(self._work, renderer, chunk.layout, without=self._about.hidden)
        part = (chunk.first, chunk.last, len(self._about.layout.pages)) if self._is_part(chunk) else None
        return Asked(chunk.layout, part, pictures, frozenset(only), self._sample_index)

    def _is_part(self, chunk: Chunk) -> bool:
        return len(chunk.layout.pages) < len(self._about.layout.pages)
