"""Scanned pages as pictures for models that see: drawn once, kept, and the same for whoever asks again."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from agents.extraction.questions import PagePicture
from agents.rendering import Renderer
from agents.stage import Work
from inference.pictures import LONGEST_SIDE, MOST_BYTES, MOST_BYTES_TOGETHER, MOST_IMAGES
from inference.protocol import ImageBlock
from schemas.errors import PermanentError
from schemas.layout import Layout, Page, TextSource
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import put_artifact
from store.children import holding
from store.stages import stage_key

DRAWING_VERSION = 1
"""Raised when the same page would be drawn otherwise."""
POINTS_PER_INCH = 72
_SMALLER = 0.7
_LEAST_DPI = 40


def scanned(page: Page) -> bool:
    """Whether what the page says was read off a picture, or not at all."""
    return all(line.source is TextSource.OCR for line in page.lines)


async def pictures_of(
    work: Work, renderer: Renderer, layout: Layout, *, without: frozenset[int] = frozenset()
) -> tuple[PagePicture, ...]:
    """Return the scanned pages of ``layout`` as pictures within the limits of the wires.

    What can't be shown is named in the trail, and read from its lines like every other page.

    Args:
        work: The document.
        renderer: Draws a page.
        layout: The document, or the part of it that is asked about.
        without: Pages that no model may see as they are.
    """
    pages = [page for page in layout.pages if scanned(page)]
    wanted = [page for page in pages if page.number not in without][:MOST_IMAGES]
    if not wanted:
        return ()
    most = min(MOST_BYTES, MOST_BYTES_TOGETHER // len(wanted))
    drawn = [picture for page in wanted if (picture := await _picture(work, renderer, page, most))]
    shown = [picture.page for picture in drawn]
    left = [page.number for page in pages if page.number not in shown]
    work.trail.step("note", "pages shown as pictures", shown=shown, from_lines_alone=left)
    return tuple(drawn)


async def _picture(work: Work, renderer: Renderer, page: Page, most: int) -> PagePicture | None:
    key = stage_key("picture", DRAWING_VERSION, page.number, page.rotation, most)
    uri = keys.artifact(work.document_id, ArtifactKind.PAGE_IMAGE.value, key, f"{page.number}.png")
    # What stands is what was asked with: another release of the renderer must not make it another question.
    data = await work.store.fetch(uri)
    if data is None:
        try:
            made = await _drawn(work, renderer, page, most)
        except PermanentError as error:
            work.trail.step("note", "page not drawn", page=page.number, why=str(error))
            return None
        ref = await put_artifact(work.store, ArtifactKind.PAGE_IMAGE, uri, made)
        data = await work.store.read(ref)
    image = ImageBlock(media_type="image/png", data=base64.b64encode(data).decode("ascii"))
    return PagePicture(page.number, image)


async def _drawn(work: Work, renderer: Renderer, page: Page, most: int) -> bytes:
    """Return the page as large as models look at it, and smaller until it is light enough.

    Raises:
        PermanentError: It can't be drawn, or not so that it could still be read.
    """
    place = await holding(work.store, work.document_id)
    if place.original is None:
        raise PermanentError("the document has no bytes of its own", reason="no_bytes")
    original = await work.store.read(place.original)
    dpi = LONGEST_SIDE * POINTS_PER_INCH / max(page.width, page.height, 1.0)
    while dpi >= _LEAST_DPI:
        data = await renderer.render(original, place.first_page - 1 + page.number, int(dpi), page.rotation)
        if len(data) <= most:
            return data
        dpi *= _SMALLER
    raise PermanentError(f"page {page.number} is no picture of less than {most} bytes", reason="page_size")


def most_pages(layout: Layout, pages: int, *, sees: bool) -> int:
    """Return how many pages of ``layout`` one request may hold: all scans of it must fit as pictures."""
    scans: Sequence[Page] = [page for page in layout.pages if scanned(page)] if sees else ()
    return min(pages, MOST_IMAGES) if scans else pages
