"""Extraction: the fields of a document by its type's prompt and schema, each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.bundles import PinnedParts, part, pinned_bundle
from agents.extraction.fields import reading_of_dates
from agents.extraction.questions import LOCAL
from agents.extraction.reader import About, FieldReader, Said
from agents.extraction.stated import Statements
from agents.instructions import instruction_lines, without
from agents.stage import Finding, Stage, Work
from doctypes.definition import DocType
from doctypes.named_model import NAMED
from schemas.documents import DocumentClassified, DocumentExtracted, Route
from schemas.errors import InvariantError
from schemas.fields import FieldValue, Reading
from schemas.handling import Delivery, Outgoing
from schemas.histories import HISTORY
from schemas.layout import EmbeddedData, Layout
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Classification, Extraction
from schemas.versions import payload_as
from store.artifacts import get_artifact
from store.releases import Bundle, RunManifest, load_run
from store.stages import keep_result, recall_result, stage_key
from store.submissions import find_cause

STAGE_VERSION = 4
"""Raised when the same inputs would give other fields."""


@dataclass(frozen=True, slots=True)
class ExtractionAgent:
    """The agent that reads fields."""

    stage: Stage
    reader: FieldReader
    parts: PinnedParts

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
        repaid = await _repaid(work, manifest)
        key = _key(classified.result, bundle, *((repaid,) if repaid else ()))
        known = await recall_result(work.store, work.document_id, "extraction", key, Extraction)
        if known is None:
            found, lesser = await self._look(work, classified.result, classification, bundle, repaid)
            if lesser:
                # Not under the key of the model that was meant: the next run asks that one again.
                key = stage_key("extraction", STAGE_VERSION, key, found.model)
            _, ref = await keep_result(work.store, work.document_id, "extraction", key, found)
        else:
            _, ref = known
            work.trail.step("note", "result reused", stage_key=key)
        message = DocumentExtracted(run_id=manifest.run_id, result=ref, classification=classified.result)
        return Finding(ref, [(work.document_id, message)], "computed" if known is None else "reused")

    async def _look(
        self,
        work: Work,
        classification_ref: ObjectRef,
        classification: Classification,
        bundle: Bundle,
        repaid: str | None,
    ) -> tuple[Extraction, bool]:
        """Return what is read, and whether another than the model that was meant did."""
        about = replace(await self._about(work, classification, bundle), repaid=repaid)
        doc_type, layout, day_first = about.doc_type, about.layout, about.day_first
        own = _own_data(doc_type, layout)
        said: Said | None = None if own else await self.reader.read(work, about)
        page = said.fields if said else None
        stated = doc_type.takes_data and layout.data
        fields = Statements(doc_type, layout, day_first=day_first).over(page) if stated else page or ()
        _note_fields(work, fields)
        extraction = Extraction(
            document_id=work.document_id,
            doc_type=bundle.doc_type,
            classification=classification_ref,
            fields=fields,
            model=said.model if said else f"data:{own.syntax.value}" if own else "none",
            prompt_version=about.prompt.version,
            reply=said.replies[0] if said else None,
            more_replies=said.replies[1:] if said else (),
            day_first=day_first,
            degraded=said.degraded if said else (),
            degradations=said.degradations if said else (),
        )
        return extraction, said is not None and said.lesser

    async def _about(self, work: Work, classification: Classification, bundle: Bundle) -> About:
        doc_type = await self.parts.schema(work.store, bundle)
        prompt = await self.parts.prompt(work.store, bundle)
        work.trail.step(
            "note", "bundle", doc_type=bundle.doc_type, digest=bundle.digest, prompt_version=prompt.version
        )
        layout, planted = await _layout(work, classification)
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
        )


def _own_data(doc_type: DocType, layout: Layout) -> EmbeddedData | None:
    """Return the data that are the document itself: no model reads what a machine wrote for machines."""
    own = (data for data in layout.data if data.name is None)
    return next(own, None) if doc_type.takes_data else None


async def _repaid(work: Work, manifest: RunManifest) -> str | None:
    """Return the run's cause, where it wants models asked anew."""
    cause = await find_cause(work.store, manifest.cause)
    if cause is None or not cause.repay:
        return None
    work.trail.step("note", "known replies are bought again", cause=manifest.cause)
    return manifest.cause


def _key(classification: ObjectRef, bundle: Bundle, *repaid: str) -> str:
    variant = bundle.parts.get("model")
    # Only where there are such parts, so that what was read before they existed keeps its key.
    more = [bundle.parts[name].sha256 for name in (NAMED, HISTORY) if name in bundle.parts]
    return stage_key(
        "extraction",
        STAGE_VERSION,
        classification.sha256,
        part(bundle, "schema.json").sha256,
        part(bundle, "prompt.md").sha256,
        variant.sha256 if variant else None,
        *more,
        *repaid,
    )


async def _layout(work: Work, classification: Classification) -> tuple[Layout, frozenset[str]]:
    """Return what the model sees of the document and its answers are grounded in, and what it does not."""
    if classification.layout is None:
        raise InvariantError(f"document {work.document_id} is routed to extraction without a layout")
    work.trail.inputs["layout"] = classification.layout
    layout = await get_artifact(work.store, classification.layout, ArtifactKind.LAYOUT)
    planted = instruction_lines(layout)
    if planted:
        work.trail.step("note", "instructions kept from the model", lines=sorted(planted))
    return without(layout, planted), planted


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
