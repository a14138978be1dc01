"""Who reads a document's fields: the variant trained for its type, or a large model and whoever checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents.asking import DeclinedError
from agents.extraction.about import About, Said
from agents.extraction.agreement import SecondReading, measured
from agents.extraction.fields import field_values
from agents.extraction.large import LargeModels
from agents.extraction.questions import Asked, request_for
from agents.extraction.routing import routed
from agents.rendering import Renderer
from agents.stage import Work
from doctypes.named_model import AGAIN, NOBODY, VARIANT, NamedModel
from inference.protocol import LOCAL, ModelClient
from schemas.errors import InvariantError, PermanentError, TransientError, UnusableError
from schemas.fields import FieldState, FieldValue
from schemas.objects import ObjectRef
from schemas.results import Degradation
from store.ledger import PayOnce

if TYPE_CHECKING:
    from inference.digitiser.file import LoadedDigitiser

_DECLINED = (Degradation.MODEL_DECLINED,)
UNTRAINED = "local:untrained"
"""Whoever reads a type that nobody trained yet: by kinds and labels alone, accepting nothing."""


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

    @property
    def models(self) -> LargeModels:
        """Who asks."""
        return LargeModels(self.client, self.ledger, self.renderer)

    async def read(self, work: Work, about: About) -> Said:
        """Return the fields of a document; a model that would not answer leaves them to a person.

        Raises:
            TransientError: A model does not answer, and nobody may read in its place.
            PermanentError: Its answer can't be used.
        """
        if about.digitiser is not None:
            return await self._digitised(work, about, about.digitiser)
        named = about.named
        if named is None:
            return await self._routed(work, about)
        if named.model.startswith(LOCAL):
            return await self._local(work, about, named.model)
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

    async def _digitised(self, work: Work, about: About, digitiser: LoadedDigitiser) -> Said:
        # Only who digitises loads what that needs.
        from agents.extraction.logs import LogReader

        if self.renderer is None:
            raise InvariantError(f"type {about.doc_type.name!r} is read from pictures, and nobody draws them")
        return await LogReader(self.renderer).read(work, about, digitiser)

    async def _routed(self, work: Work, about: About) -> Said:
        """Let the trained variant read, and others what it is expected to have wrong."""
        first = await self._local(work, about, about.variant or UNTRAINED)
        if about.router is None or not about.router.routes(about.doc_type.name):
            return first
        alone = replace(about, consultation=None)
        return await routed(work, self.models, alone, about.router, first, fallback=self.fallback)

    async def _local(self, work: Work, about: About, model: str) -> Said:
        """Let a local model read the whole document; its confidences are calibrated."""
        request = request_for(about.doc_type, about.prompt, Asked(about.layout), model=model)
        try:
            found = await self.models.answered(work, about, request)
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            fields = field_values({}, about.doc_type, about.layout, day_first=about.day_first)
            reply = work.trail.outputs["reply"]
            return Said(fields, model, (reply,), (f"{error}; nothing was read",), _DECLINED)
        fields = field_values(
            found.answer, about.doc_type, about.layout, day_first=about.day_first, words_of=about.words_of
        )
        return Said(fields, found.reply.model, (found.ref,))

    async def _large(self, work: Work, about: About, named: NamedModel) -> Said:
        first = await self.models.ask(work, about, named)
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
            found = await self.models.ask(work, about, other, sample_index=1 if again else 0)
        except UnusableError:
            raise
        except PermanentError as error:
            work.trail.step("note", "no second reading", by=named.second, why=str(error))
            return None, ()
        fields = _by_name(tuple(one.field for one in found.found))
        return SecondReading(AGAIN if again else other.model, fields), found.replies


def _by_name(fields: Sequence[FieldValue]) -> dict[str, FieldValue]:
    return {field.name: field for field in fields}
