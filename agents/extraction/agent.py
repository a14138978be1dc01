"""Extraction: the fields of a document by its type's prompt and schema, each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.asking import DeclinedError, answered
from agents.bundles import PinnedParts, part, pinned_bundle
from agents.extraction.fields import field_values, reading_of_dates
from agents.extraction.stated import Statements
from agents.instructions import instruction_lines, without
from agents.stage import Finding, Stage, Work
from doctypes.definition import DocType
from doctypes.named_model import NAMED
from doctypes.prompt import Prompt, render
from inference.protocol import ModelClient, ModelRequest, TextBlock, Tool, Turn
from schemas.documents import DocumentClassified, DocumentExtracted, Route
from schemas.errors import InvariantError, TransientError
from schemas.fields import FieldValue, Reading
from schemas.handling import Delivery, Outgoing
from schemas.layout import EmbeddedData, Layout
from schemas.layout_block import to_block
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Classification, Extraction
from schemas.versions import payload_as
from store.artifacts import get_artifact
from store.ledger import PayOnce
from store.releases import Bundle, load_run
from store.stages import keep_result, recall_result, stage_key

STAGE_VERSION = 3
"""Raised when the same inputs would give other fields."""

TOOL = "record_fields"
MAX_TOKENS = 4096
MAX_TOKENS_FOR_ROWS = 16_384
"""Room for an answer that records tables: about 60 rows of seven columns."""
LOCAL = "local:"
UNTRAINED = "local:untrained"
"""Whoever reads a type that nobody trained yet: by kinds and labels alone, accepting nothing."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a model recorded, who it was, and where the reply is stored."""

    answer: dict[str, Any]
    model: str
    reply: ObjectRef
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractionAgent:
    """The agent that reads fields.

    Attributes:
        fallback: Whether the local variant may read while a named model's endpoint does not answer.
    """

    stage: Stage
    client: ModelClient
    ledger: PayOnce
    parts: PinnedParts
    fallback: bool = False

    name = "extraction"
    consumes: Sequence[type[Message]] = (DocumentClassified,)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Publish ``documents.extracted`` for a document routed to extraction."""
        classified: DocumentClassified = payload_as(delivery.envelope, DocumentClassified)
        if classified.route is not Route.EXTRACT:
            return ()

        async def judge(work: Work) -> Finding:
            return await self._extract(work, classified)

        return await self.stage.run(
            delivery, judge, document_id=delivery.envelope.subject, run_id=classified.run_id
        )

    async def _extract(self, work: Work, classified: DocumentClassified) -> Finding:
        if classified.result is None:
            raise InvariantError(f"run {classified.run_id} is routed to extraction without a classification")
        manifest = await load_run(work.store, classified.run_id)
        classification = await get_artifact(work.store, classified.result, ArtifactKind.CLASSIFICATION)
        work.trail.inputs["classification"] = classified.result
        bundle = pinned_bundle(manifest.release, classification.doc_type)
        key = _key(classified.result, bundle)
        known = await recall_result(work.store, work.document_id, "extraction", key, Extraction)
        if known is None:
            found = await self._look(work, classified.result, classification, bundle)
            if await self._lesser(work, bundle, found):
                # Not under the key of the model that was meant: the next run asks that one again.
                key = stage_key("extraction", STAGE_VERSION, key, found.model)
            _, ref = await keep_result(work.store, work.document_id, "extraction", key, found)
        else:
            _, ref = known
            work.trail.step("note", "result reused", stage_key=key)
        message = DocumentExtracted(run_id=manifest.run_id, result=ref, classification=classified.result)
        return Finding(ref, [(work.document_id, message)], "computed" if known is None else "reused")

    async def _look(
        self, work: Work, classification_ref: ObjectRef, classification: Classification, bundle: Bundle
    ) -> Extraction:
        doc_type = await self.parts.schema(work.store, bundle)
        prompt = await self.parts.prompt(work.store, bundle)
        work.trail.step(
            "note", "bundle", doc_type=bundle.doc_type, digest=bundle.digest, prompt_version=prompt.version
        )
        layout = await _layout(work, classification)
        day_first = reading_of_dates(layout, doc_type)
        own = _own_data(doc_type, layout)
        page, said = None, None
        if own is None:
            request = build_request(doc_type, prompt, layout, model=await self._model(work, bundle))
            said = await self._said(work, bundle, request)
            page = field_values(said.answer, doc_type, layout, day_first=day_first)
        stated = doc_type.takes_data and layout.data
        fields = Statements(doc_type, layout, day_first=day_first).over(page) if stated else page or ()
        _note_fields(work, fields)
        return Extraction(
            document_id=work.document_id,
            doc_type=bundle.doc_type,
            classification=classification_ref,
            fields=fields,
            model=said.model if said else f"data:{own.syntax.value}" if own else "none",
            prompt_version=prompt.version,
            reply=said.reply if said else None,
            day_first=day_first,
            degraded=said.degraded if said else (),
        )

    async def _model(self, work: Work, bundle: Bundle) -> str:
        named = await self.parts.named_model(work.store, bundle)
        variant = bundle.parts.get("model")
        return named or (f"{LOCAL}{variant.sha256}" if variant else UNTRAINED)

    async def _lesser(self, work: Work, bundle: Bundle, found: Extraction) -> bool:
        """Whether the local variant read what a named model should have."""
        named = await self.parts.named_model(work.store, bundle)
        return named is not None and found.model.startswith(LOCAL) and not named.startswith(LOCAL)

    async def _said(self, work: Work, bundle: Bundle, request: ModelRequest) -> _Said:
        """Return what the model recorded; one that would not answer recorded nothing, and a person must."""
        try:
            found = await answered(work, self.ledger, self.client, request)
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            return _Said({}, request.model, work.trail.outputs["reply"], (f"{error}; nothing was read",))
        except TransientError as error:
            variant = bundle.parts.get("model")
            remote = error.target.startswith("model:") and not request.model.startswith(LOCAL)
            if not (self.fallback and remote and variant):
                raise
            why = f"model {request.model!r} did not answer ({error}); the local variant read instead"
            work.trail.step("decision", "fallback", arithmetic=[why])
            lesser = request.model_copy(update={"model": f"{LOCAL}{variant.sha256}", "temperature": 0.0})
            found = await answered(work, self.ledger, self.client, lesser)
            return _Said(found.answer, found.reply.model, found.ref, (why,))
        return _Said(found.answer, found.reply.model, found.ref)


def _own_data(doc_type: DocType, layout: Layout) -> EmbeddedData | None:
    """Return the data that are the document itself: no model reads what a machine wrote for machines."""
    own = (data for data in layout.data if data.name is None)
    return next(own, None) if doc_type.takes_data else None


def build_request(doc_type: DocType, prompt: Prompt, layout: Layout, *, model: str) -> ModelRequest:
    """Return the request that asks ``model`` for the fields of ``layout``."""
    return ModelRequest(
        model=model,
        system=render(prompt, doc_type),
        turns=(Turn(role="user", content=(TextBlock(text=to_block(layout)),)),),
        tools=(
            Tool(
                name=TOOL,
                description=f"Record the fields of this {doc_type.title}.",
                input_schema=doc_type.tool_schema(),
            ),
        ),
        tool_choice=TOOL,
        # The newest large models take no temperature; the local one has none, and its digest names 0.
        temperature=0.0 if model.startswith(LOCAL) else None,
        max_tokens=MAX_TOKENS_FOR_ROWS if any(spec.columns for spec in doc_type.fields) else MAX_TOKENS,
    )


def _key(classification: ObjectRef, bundle: Bundle) -> str:
    variant, named = bundle.parts.get("model"), bundle.parts.get(NAMED)
    return stage_key(
        "extraction",
        STAGE_VERSION,
        classification.sha256,
        part(bundle, "schema.json").sha256,
        part(bundle, "prompt.md").sha256,
        variant.sha256 if variant else None,
        *((named.sha256,) if named else ()),
    )


async def _layout(work: Work, classification: Classification) -> Layout:
    """Return what the model sees of the document, and what its answers are grounded in."""
    if classification.layout is None:
        raise InvariantError(f"document {work.document_id} is routed to extraction without a layout")
    work.trail.inputs["layout"] = classification.layout
    layout = await get_artifact(work.store, classification.layout, ArtifactKind.LAYOUT)
    planted = instruction_lines(layout)
    if planted:
        work.trail.step("note", "instructions kept from the model", lines=sorted(planted))
    return without(layout, planted)


def _note_fields(work: Work, fields: Sequence[FieldValue]) -> None:
    for field in fields:
        found = _table_words(field) if field.columns else {"readings": [_places(r) for r in field.readings]}
        work.trail.step("ground", field.name, state=field.state.value, confidence=field.confidence, **found)


def _places(reading: Reading) -> dict[str, Any]:
    element = {"element": reading.element.path, "term": reading.element.term} if reading.element else {}
    return {
        "class": reading.evidence_class.value,
        **element,
        "places": [[e.page, e.line, e.start, e.end] for e in reading.evidence],
    }


def _table_words(field: FieldValue) -> dict[str, Any]:
    """Return what the trail says of a table: counts, and which cells stand nowhere; the result has all."""
    states = Counter(cell.state.value for cell in field.cells)
    nowhere = [
        [number, cell.name]
        for number, row in enumerate(field.rows, start=1)
        for cell in row.cells
        if not cell.grounded
    ]
    return {"rows": len(field.rows), "cells": dict(states), "ungrounded": nowhere}
