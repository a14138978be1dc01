"""Well logs are known by their looks: the classifier reads words, and a log has next to none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from agents.rendering import Renderer
from agents.stage import Work
from doctypes.folder import DIGITISER
from schemas.classification import UNKNOWN_TYPE
from schemas.errors import PermanentError
from schemas.layout import Layout, TextSource
from schemas.objects import ObjectRef
from store.children import holding
from store.releases import Bundle, Release

DPI = 200
LEAST = 0.5
"""Confidence below which the page is left to the classifier, as if nobody had looked."""
VERSION = 3
"""Raised with ``inference.digitiser.detecting.DETECTOR_VERSION``, which only who looks loads."""


@dataclass(frozen=True, slots=True)
class LogDetector:
    """Looks at scanned pages whose words allow that they are logs."""

    renderer: Renderer

    async def seen(
        self, work: Work, layout: Layout, release: Release
    ) -> tuple[dict[str, Any], ObjectRef] | None:
        """Return what a classifier would answer of a log, and the certificates of the detector.

        None for a page that does not look like one, for a release without a type that is digitised, and
        for a file of several pages.
        """
        bundle = _digitised(release)
        if bundle is None or len(layout.pages) != 1:
            return None
        page = layout.pages[0]
        if not all(line.source is TextSource.OCR for line in page.lines):
            return None
        from inference.digitiser.detecting import detect, may_be_log

        if not may_be_log(page):
            return None
        place = await holding(work.store, work.document_id)
        if place.original is None:
            return None
        original = await work.store.read(place.original)
        try:
            png = await self.renderer.render(original, place.first_page - 1 + page.number, DPI, page.rotation)
        except PermanentError as error:
            work.trail.step("note", "page not drawn", page=page.number, why=str(error))
            return None
        found = await asyncio.to_thread(detect, png, page)
        none = found.confidence < LEAST
        said = "no well log found" if none else "well log found"
        work.trail.step("digitise", said, likeness=found.confidence, what=found.said)
        if none:
            return None
        return _answer(bundle.doc_type, found.confidence), bundle.parts["thresholds.json"]


def detected_by(release: Release) -> tuple[object, ...]:
    """Return what a classification depends on where the release has a type that is known by its looks."""
    bundle = _digitised(release)
    return () if bundle is None else (VERSION, bundle.parts["thresholds.json"].sha256)


def _digitised(release: Release) -> Bundle | None:
    found = [release.bundles[name] for name in sorted(release.bundles)]
    return next((bundle for bundle in found if DIGITISER in bundle.parts), None)


def _answer(doc_type: str, confidence: float) -> dict[str, Any]:
    rest = {"doc_type": UNKNOWN_TYPE, "probability": round(1 - confidence, 4)}
    return {
        "doc_type": doc_type,
        "confidence": confidence,
        "scores": [{"doc_type": doc_type, "probability": confidence}, rest],
    }
