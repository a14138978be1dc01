"""Extraction: the fields of a document by its type's prompt and schema, each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.bundles import PinnedParts, part, pinned_bundle
from agents.consulting import Consultation
from agents.extraction.about import About, Said
from agents.extraction.fields import reading_of_dates
from agents.extraction.parties import with_known
from agents.extraction.reader import FieldReader
from agents.extraction.stated import Statements
from agents.instructions import instruction_lines, without
from agents.repaying import repaying
from agents.stage import Finding, Stage, Work
from doctypes.definition import DocType
from doctypes.folder import DIGITISER
from doctypes.named_model import NAMED
from inference.protocol import LOCAL
from inference.tools.known import SERVER_OF
from inference.tools.toolbox import Toolbox
from schemas.classification import Classification
from schemas.documents import DocumentClassified, DocumentExtracted, Route
from schemas.errors import InvariantError
from schemas.fields import FieldValue, Reading
from schemas.handling import Delivery, Outgoing
from schemas.histories import HISTORY
from schemas.layout import EmbeddedData, Layout
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Degradation, Extraction
from schemas.versions import payload_as
from store.artifacts import get_artifact
from store.layout_text import LayoutText, get_layout_text
from store.releases import Bundle, Release, load_run
from store.stages import keep_result, recall_result, stage_key

STAGE_VERSION = 10
"""Raised when the same inputs would give other fields."""


@dataclass(frozen=True, slots=True)
class ExtractionAgent:
    """The agent that reads fields.

    Attributes:
        toolbox: Whom models may ask; None where there are no tools.
    """

    stage: Stage
    reader: FieldReader
    parts: PinnedParts
    toolbox: Toolbox | None = None

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
        work = repaying(work, manifest)
        knowledge = await self._knowledge(work, manifest.release, bundle)
        table = manifest.release.router if NAMED not in bundle.parts else None
        more: list[object] = [part for part in (work.repaid, knowledge, table and table.sha256) if part]
        key = _key(classified.result, bundle, *more)
        known = await recall_result(work.store, work.document_id, "extraction", key, Extraction)
        if known is None:
            about = replace(
                await self._about(work, classification, bundle),
                router=await self.parts.router(work.store, table),
                consultation=self._consultation(work, knowledge, key),
            )
            found, missed = await self._look(work, classified.result, about)
            if missed:
                # Not under the key of what was meant: the next run asks again whoever did not answer.
                key = stage_key("extraction", STAGE_VERSION, key, *missed)
            _, ref = await keep_result(work.store, work.document_id, "extraction", key, found)
        else:
            _, ref = known
            work.trail.step("note", "result reused", stage_key=key)
        message = DocumentExtracted(run_id=manifest.run_id, result=ref, classification=classified.result)
        return Finding(ref, [(work.document_id, message)], "computed" if known is None else "reused")

    async def _look(
        self, work: Work, classification: ObjectRef, about: About
    ) -> tuple[Extraction, tuple[str, ...]]:
        """Return what is read, and what went otherwise than it was meant: who read, who did not answer."""
        doc_type, layout, day_first = about.doc_type, about.layout, about.day_first
        own = _own_data(doc_type, layout)
        stated = doc_type.takes_data and layout.data
        if stated:
            # The page is only held against what the data state: nobody is paid to read it better.
            about = replace(about, router=None)
        said: Said | None = None if own else await self.reader.read(work, about)
        page = said.fields if said else None
        fields = Statements(doc_type, layout, day_first=day_first).over(page) if stated else page or ()
        if about.consultation is not None:
            fields = with_known(fields, doc_type, about.consultation)
        _note_fields(work, fields)
        extraction = Extraction(
            document_id=work.document_id,
            doc_type=doc_type.name,
            classification=classification,
            fields=fields,
            model=said.model if said else f"data:{own.syntax.value}" if own else "none",
            prompt_version=about.prompt.version,
            reply=said.replies[0] if said and said.replies else None,
            more_replies=said.replies[1:] if said else (),
            day_first=day_first,
            routing=said.routing if said else (),
            **_degraded(said, about.consultation),
        )
        down = sorted(about.consultation.unavailable) if about.consultation else []
        lesser = [extraction.model] if said is not None and said.lesser else []
        return extraction, (*lesser, *down)

    async def _knowledge(self, work: Work, release: Release, bundle: Bundle) -> dict[str, str]:
        """Return the digests of the snapshots that the type's prompt may ask, by server."""
        if self.toolbox is None or not release.knowledge:
            return {}
        prompt = await self.parts.prompt(work.store, bundle)
        asked = {SERVER_OF[tool] for tool in prompt.tools if tool in SERVER_OF}
        return {name: ref.sha256 for name, ref in sorted(release.knowledge.items()) if name in asked}

    def _consultation(self, work: Work, knowledge: dict[str, str], key: str) -> Consultation | None:
        if self.toolbox is None or not knowledge:
            return None
        return Consultation(work, self.toolbox, knowledge, stage="extraction", stage_key=key)

    async def _about(self, work: Work, classification: Classification, bundle: Bundle) -> About:
        doc_type = await self.parts.schema(work.store, bundle)
        prompt = await self.parts.prompt(work.store, bundle)
        work.trail.step(
            "note", "bundle", doc_type=bundle.doc_type, digest=bundle.digest, prompt_version=prompt.version
        )
        text, planted = await _layout(work, classification)
        layout = text.layout
        variant = bundle.parts.get("model")
        return About(
            doc_type=doc_type,
            prompt=prompt,
            layout=layout,
            day_first=reading_of_dates(layout, doc_type),
            variant=f"{LOCAL}{variant.sha256}" if variant else None,
            named=await self.parts.named_model(work.store, bundle),
            history=await self.parts.history(work.store, bundle),
            hidden=frozenset(int(line.partition(".")[0]) for line in planted),
            quality=classification.quality.score if classification.quality else 1.0,
            words_of=text.words_of,
            digitiser=await self.parts.digitiser(work.store, bundle),
        )


def _degraded(said: Said | None, consultation: Consultation | None) -> dict[str, Any]:
    """Return what went otherwise than it was meant: with the model, with the tools."""
    sentences, codes = (said.degraded, said.degradations) if said else ((), ())
    down = tuple(consultation.unavailable.values()) if consultation else ()
    if down:
        codes = (*codes, Degradation.TOOL_UNAVAILABLE)
    return {"degraded": (*sentences, *down), "degradations": codes}


def _own_data(doc_type: DocType, layout: Layout) -> EmbeddedData | None:
    """Return the data that are the document itself: no model reads what a machine wrote for machines."""
    own = (data for data in layout.data if data.name is None)
    return next(own, None) if doc_type.takes_data else None


def _key(classification: ObjectRef, bundle: Bundle, *others: object) -> str:
    variant = bundle.parts.get("model")
    # Only where there are such parts, so that what was read before they existed keeps its key.
    more = [bundle.parts[name].sha256 for name in (NAMED, HISTORY, DIGITISER) if name in bundle.parts]
    return stage_key(
        "extraction",
        STAGE_VERSION,
        classification.sha256,
        part(bundle, "schema.json").sha256,
        part(bundle, "prompt.md").sha256,
        variant.sha256 if variant else None,
        *more,
        *others,
    )


async def _layout(work: Work, classification: Classification) -> tuple[LayoutText, frozenset[str]]:
    """Return what the model sees of the document and its answers are grounded in, and what it does not."""
    if classification.layout is None:
        raise InvariantError(f"document {work.document_id} is routed to extraction without a layout")
    work.trail.inputs["layout"] = classification.layout
    text = await get_layout_text(work.store, classification.layout)
    planted = instruction_lines(text.layout)
    if planted:
        work.trail.step("note", "instructions kept from the model", lines=sorted(planted))
    return replace(text, layout=without(text.layout, planted)), planted


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
