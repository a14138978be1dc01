"""PDF: native text where a person sees it and it is sound, OCR of the drawn page where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pages import quality, soundness
from pages.directions import read_order
from pages.limits import ReadLimits
from pages.lines import build_lines
from pages.orders import ORDERS_FOUND, instructs
from pages.parts import PlacedWord, Progress, Reading, ReadPage, Rendering, UnreadableError
from pages.pdf import document as pdf_document
from pages.pdf.attachments import has_attachments
from pages.pdf.drawing import draw_page, page_edges, page_rotation, upright
from pages.pdf.pdfium import Edges, open_text
from pages.pdf.scene import Scene, image_share, look_at, unwritten_share
from pages.pdf.visible import Hidden, Visibility
from pages.pdf.words import FoundWord, find_words, map_errors, turned_by
from schemas.classification import RejectReason
from schemas.layout import NoteKind, TextSource

OCR_DPI = 200
DRAWN_PIXELS = 12_000_000
# A page that is mostly a picture is read from the picture, unless it carries this many words itself.
MOSTLY_IMAGE = 0.55
ENOUGH_WORDS = 60
FEW_WORDS = 3
# A page without words: less of a picture, or fewer paths, than this is a logo or a rule.
SOME_IMAGE = 0.01
SOME_PATHS = 20
# Pictures beside a page's own words: less than this is its letterhead.
UNREAD_IMAGE = 0.05
UNMAPPED = 0.5


@dataclass(frozen=True, slots=True)
class _Native:
    """The text a page carries: what can be seen of it, what is hidden, what is wrong with it."""

    words: list[FoundWord]
    hidden: Counter[Hidden]
    unseen: str
    bad: float
    garbled: bool
    turn: int


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of a PDF; see ``pages.parts.Format``."""
    with pdf_document.opened(data) as document:
        reading = Reading([], pdf_document.notes(document, data))
        reading.attached = has_attachments(document, data)
        count = pdf_document.page_count(document, limits.pages, reading.notes)
        unreadable = 0
        for index in range(count):
            progress(index + 1)
            page = read_page(document, index, limits)
            unreadable += any(note.kind is NoteKind.UNREADABLE_PAGE for note in page.notes)
            reading.pages.append(page)
    if unreadable == len(reading.pages):
        raise UnreadableError(RejectReason.UNREADABLE, "no page of it could be opened")
    return reading


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
    """Return one page as PNG; see ``pages.parts.Format``."""
    from pages.pictures.images import encode_png

    with (
        pdf_document.opened(data) as document,
        pdf_document.flattened_page(document, rendering.page - 1) as page,
    ):
        if page is None:
            raise UnreadableError(RejectReason.UNREADABLE, f"page {rendering.page} could not be opened")
        look_at(page, most_pixels=limits.page_pixels)
        drawing = draw_page(page, dpi=rendering.dpi, most_pixels=DRAWN_PIXELS)
        return encode_png(drawing.pixels[:, :, ::-1], rendering.rotation)


def read_page(document: Any, index: int, limits: ReadLimits, *, with_ocr: bool = True) -> ReadPage:
    """Return page ``index`` (from 0); without OCR its own visible text, whatever that is worth."""
    number = index + 1
    with pdf_document.flattened_page(document, index) as page:
        if page is None:
            return _unreadable(number)
        edges, rotation = page_edges(page), page_rotation(page)
        if edges is None:
            return _unreadable(number)
        scene = look_at(page, most_pixels=limits.page_pixels)
        native = _native_text(page, scene, edges, rotation)
        share = image_share(scene, edges)
        found = None
        tried = with_ocr and _wants_ocr(native, scene, share)
        if tried:
            found = _scanned_page(number, page, native)
        if found is None:
            found = _native_page(number, native, scene, edges, rotation)
            if not tried and share >= UNREAD_IMAGE:
                _note_pictures(found, native, scene, edges)
    _note_hidden(found, native.hidden, native.unseen)
    soundness.note_odd_text(found)
    return found


def _unreadable(number: int) -> ReadPage:
    page = ReadPage(number, 612.0, 792.0, [], TextSource.NATIVE, quality=[quality.unreadable_part()])
    page.note(NoteKind.UNREADABLE_PAGE, f"page {number} could not be opened")
    return page


def _native_text(page: Any, scene: Scene, edges: Edges, rotation: int) -> _Native:
    with open_text(page) as textpage:
        if textpage is None:
            return _Native([], Counter(), "", 0.0, garbled=False, turn=0)
        visibility = Visibility(page, scene, edges)
        found = find_words(textpage, visibility.look if visibility.is_mixed() else None)
        words, hidden = visibility.split(found)
        unseen = _unseen(found, words) if hidden else ""
        text = "".join([word.text for word in words])
        bad = soundness.bad_share(text)
        garbled = (
            bad > soundness.MOST_BAD
            or soundness.is_enciphered(text)
            or map_errors(textpage, words) > UNMAPPED
        )
        # What leans one way on the page and is shown turned the same way needs the rest to be upright.
        turn = -(turned_by(textpage, words) + rotation) % 360 if words else 0
    return _Native(words, hidden, unseen, bad, garbled, turn)


def _unseen(found: Sequence[FoundWord], shown: Sequence[FoundWord]) -> str:
    """Return what a person can't see; it goes nowhere but under the search for orders."""
    kept = {id(word) for word in shown}
    return " ".join(word.text for word in found if id(word) not in kept)


def _wants_ocr(native: _Native, scene: Scene, share: float) -> bool:
    if native.garbled:
        return True
    if scene.is_blank:
        return False
    if len(native.words) <= FEW_WORDS:
        return share >= SOME_IMAGE or scene.paths >= SOME_PATHS
    return share >= MOSTLY_IMAGE and len(native.words) < ENOUGH_WORDS


def _native_page(number: int, native: _Native, scene: Scene, edges: Edges, rotation: int) -> ReadPage:
    turn = native.turn
    total = (rotation + turn) % 360
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    if total in (90, 270):
        width, height = height, width
    words = []
    for word in native.words:
        x0, y0, x1, y1 = upright((word.left, word.bottom, word.right, word.top), edges, total)
        words.append(PlacedWord(word.text, x0, y0, x1, y1))
    lines = [_as_read(line) for line in build_lines(words, width)]
    page = ReadPage(number, width, height, lines, TextSource.NATIVE, rotation=turn)
    page.quality = quality.native_parts(len(words), native.bad, has_images=bool(scene.images))
    if native.garbled:
        page.quality.append(quality.garbled_part(native.bad))
        page.note(NoteKind.GARBLED_TEXT, f"page {number}: the text's encoding is garbled")
    page.note_turned()
    return page


def _as_read(line: list[PlacedWord]) -> list[PlacedWord]:
    """Return the words of a line in the order they are read, which for Hebrew is from the right."""
    texts = [word.text for word in line]
    if all(map(str.isascii, texts)):
        return line
    return [line[place] for place in read_order(texts)]


def _scanned_page(number: int, page: Any, native: _Native) -> ReadPage | None:
    """Return what OCR reads on the page; None where that is less than its own text."""
    from pages.pictures.scan import scanned_page

    drawing = draw_page(page, dpi=OCR_DPI, most_pixels=DRAWN_PIXELS)
    read_page = scanned_page(number, drawing.pixels, points_per_pixel=1 / drawing.scale)
    found = sum(len(line) for line in read_page.lines)
    if not native.garbled and found < len(native.words):
        return None
    if native.garbled:
        if not found:
            return None
        read_page.note(
            NoteKind.GARBLED_TEXT,
            f"page {number}: the text's encoding is garbled, its image was read instead",
        )
    return read_page


def _note_pictures(page: ReadPage, native: _Native, scene: Scene, edges: Edges) -> None:
    places = [((word.left + word.right) / 2, (word.bottom + word.top) / 2) for word in native.words]
    share = unwritten_share(scene, edges, places)
    if share >= UNREAD_IMAGE:
        how_much = f"{share * 100:.0f} % of the page"
        page.note(NoteKind.NOT_READ, f"page {page.number}: pictures are not read ({how_much})")


def _note_hidden(page: ReadPage, hidden: Counter[Hidden], unseen: str) -> None:
    total = sum(hidden.values())
    if not total:
        return
    how = ", ".join(f"{count} {why}" for why, count in sorted(hidden.items()))
    words = "1 word is" if total == 1 else f"{total} words are"
    page.note(NoteKind.HIDDEN_TEXT, f"page {page.number}: {words} hidden from sight and left out ({how})")
    if instructs(unseen):
        page.note(NoteKind.INSTRUCTIONS, f"page {page.number}: hidden text {ORDERS_FOUND}")
