"""What a file is: refused, a container, several documents or one of a type; who is asked, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.asking import DeclinedError, answered
from agents.bundles import PinnedParts
from agents.gatekeeper import classify
from agents.gatekeeper.einvoices import stated_answer, with_attached
from agents.gatekeeper.findings import opened, rejected, unjudged
from agents.gatekeeper.logs import LogDetector
from agents.gatekeeper.question import Shown
from agents.gatekeeper.reading import DocumentReading
from agents.gatekeeper.routing import Limits, route
from agents.gatekeeper.splitting import may_hold_several, seen_as_one, split_of, taken_apart
from agents.instructions import instruction_notes
from agents.stage import Work
from inference.protocol import ModelClient
from schemas.classification import Classification, RejectReason
from schemas.errors import InvariantError
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store.artifacts import get_artifact
from store.ledger import PayOnce
from store.releases import RunManifest


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what was read, by the data it states, by its looks, or by its words.

    Attributes:
        logs: Who knows a well log by its looks; None where nobody draws pages.
    """

    client: ModelClient
    ledger: PayOnce
    parts: PinnedParts
    logs: LogDetector | None = None

    async def look(
        self,
        work: Work,
        manifest: RunManifest,
        reading: DocumentReading,
        layout: Layout | None,
        family: str,
        *,
        part: bool,
    ) -> Classification:
        """Say of a file that was read, or refused, what becomes of it; ``part``: it was cut out of one."""
        if reading.refused is not None:
            return rejected(work.document_id, reading, reading.refused, family)
        if layout is None and (reading.children or reading.left_out):
            return opened(work.document_id, reading, family)
        if layout is None or not any(page.lines for page in layout.pages):
            return rejected(work.document_id, reading, RejectReason.NO_TEXT, family)
        shown = Shown(layout)
        # A range of pages was cut where its documents part: it is one.
        if part or not may_hold_several(reading.media_type, layout):
            return await self._judge(work, manifest, reading, shown, family)
        return await self._take_apart(work, manifest, reading, shown, family)

    async def as_one(self, work: Work, manifest: RunManifest, found: Classification) -> Classification:
        """Judge a document that a person says is one, by what was read of it."""
        if found.layout is None:
            raise InvariantError(f"document {work.document_id} has no pages to judge")
        reading = DocumentReading(
            media_type=found.media_type,
            page_count=found.page_count,
            layout=found.layout,
            quality=found.quality,
        )
        layout = await get_artifact(work.store, found.layout, ArtifactKind.LAYOUT)
        return await self._judge(work, manifest, reading, Shown(layout), found.family)

    async def _take_apart(
        self, work: Work, manifest: RunManifest, reading: DocumentReading, shown: Shown, family: str
    ) -> Classification:
        """Say of a file of several pages what documents it holds, or that it is one and which."""
        split = await split_of(work, self.ledger, self.client, self.parts, shown, manifest.release)
        if split is not None and split.settled and len(split.ranges) > 1:
            return taken_apart(split, unjudged(work.document_id, reading, shown.layout, family))
        judged = await self._judge(work, manifest, reading, shown, family)
        return judged if split is None else seen_as_one(split, judged)

    async def _judge(
        self, work: Work, manifest: RunManifest, reading: DocumentReading, shown: Shown, family: str
    ) -> Classification:
        """Say of a document that was read what type it is, and where it goes."""
        if reading.quality is None:
            raise InvariantError(f"document {work.document_id} was read without its quality")
        release, layout = manifest.release, shown.layout
        answer, certified_by = await self._answer(work, manifest, shown)
        found = with_attached(answer, layout, release.bundles)
        certificates = await self.parts.certificates(work.store, certified_by)
        routing = route(
            found,
            frozenset(release.bundles),
            reading.quality,
            certificates.of("doc_type") if certificates else None,
            Limits(release.min_quality, release.accept_generated_certificates),
        )
        return Classification(
            document_id=work.document_id,
            media_type=reading.media_type,
            page_count=reading.page_count,
            doc_type=found.doc_type,
            confidence=found.confidence,
            scores=classify.scores(answer),
            novelty=found.novelty,
            quality=reading.quality,
            layout=reading.layout,
            notes=(*layout.notes, *instruction_notes(layout, shown.planted)),
            route=routing.route,
            reason=routing.reason,
            arithmetic=routing.arithmetic,
            family=family,
        )

    async def _answer(
        self, work: Work, manifest: RunManifest, shown: Shown
    ) -> tuple[dict[str, Any], ObjectRef]:
        """Return which type it is, and the certificates that whoever said so is held to."""
        release = manifest.release
        answer = stated_answer(shown.layout, release.bundles)
        if answer is not None:
            return answer, release.classifier_thresholds
        seen = await self.logs.seen(work, shown.layout, release) if self.logs is not None else None
        if seen is not None:
            return seen
        return await self._ask(work, shown, manifest), release.classifier_thresholds

    async def _ask(self, work: Work, shown: Shown, manifest: RunManifest) -> dict[str, Any]:
        request = classify.request(shown.block, model=f"local:{manifest.release.classifier.sha256}")
        try:
            return (await answered(work, self.ledger, self.client, request)).answer
        except DeclinedError as error:
            work.trail.step("note", "declined", why=str(error))
            return classify.DECLINED
