"""The calls into pdfium that are made thousands of times a page, bound so that each costs little.

pypdfium2's own bindings let go of the interpreter at every call and wrap every pointer in an object;
for calls that take a fraction of a microsecond that is most of their cost. Here pointers are plain
integers. Calls that may take long (loading, rendering) go through pypdfium2 as it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2.raw as raw

Handle = int
_pointer = ctypes.c_void_p
_int = ctypes.c_int


def _quick(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


text_object = _quick(raw.FPDFText_GetTextObject, _pointer, _pointer, _int)
count_rects = _quick(raw.FPDFText_CountRects, _int, _pointer, _int, _int)
char_angle = _quick(raw.FPDFText_GetCharAngle, ctypes.c_float, _pointer, _int)
char_code = _quick(raw.FPDFText_GetUnicode, ctypes.c_uint, _pointer, _int)
has_map_error = _quick(raw.FPDFText_HasUnicodeMapError, _int, _pointer, _int)
count_objects = _quick(raw.FPDFPage_CountObjects, _int, _pointer)
page_object = _quick(raw.FPDFPage_GetObject, _pointer, _pointer, _int)
count_form_objects = _quick(raw.FPDFFormObj_CountObjects, _int, _pointer)
form_object = _quick(raw.FPDFFormObj_GetObject, _pointer, _pointer, ctypes.c_ulong)
object_type = _quick(raw.FPDFPageObj_GetType, _int, _pointer)
render_mode = _quick(raw.FPDFTextObj_GetTextRenderMode, _int, _pointer)
set_active = _quick(raw.FPDFPageObj_SetIsActive, _int, _pointer, _int)
_get_rect = _quick(raw.FPDFText_GetRect, _int, _pointer, _int, *[_pointer] * 4)
_get_char_box = _quick(raw.FPDFText_GetCharBox, _int, _pointer, _int, *[_pointer] * 4)
_get_loose_box = _quick(raw.FPDFText_GetLooseCharBox, _int, _pointer, _int, _pointer)
_get_bounds = _quick(raw.FPDFPageObj_GetBounds, _int, _pointer, *[_pointer] * 4)
_get_matrix = _quick(raw.FPDFPageObj_GetMatrix, _int, _pointer, _pointer)
_get_fill = _quick(raw.FPDFPageObj_GetFillColor, _int, _pointer, *[_pointer] * 4)
_get_stroke = _quick(raw.FPDFPageObj_GetStrokeColor, _int, _pointer, *[_pointer] * 4)
_get_draw_mode = _quick(raw.FPDFPath_GetDrawMode, _int, _pointer, _pointer, _pointer)
_get_pixel_size = _quick(raw.FPDFImageObj_GetImagePixelSize, _int, _pointer, _pointer, _pointer)
_clip_of = _quick(raw.FPDFPageObj_GetClipPath, _pointer, _pointer)
_count_clip_paths = _quick(raw.FPDFClipPath_CountPaths, _int, _pointer)
_count_clip_segments = _quick(raw.FPDFClipPath_CountPathSegments, _int, _pointer, _int)
_clip_segment = _quick(raw.FPDFClipPath_GetPathSegment, _pointer, _pointer, _int, _int)
_segment_point = _quick(raw.FPDFPathSegment_GetPoint, _int, _pointer, _pointer, _pointer)

TEXT = raw.FPDF_PAGEOBJ_TEXT
PATH = raw.FPDF_PAGEOBJ_PATH
IMAGE = raw.FPDF_PAGEOBJ_IMAGE
FORM = raw.FPDF_PAGEOBJ_FORM

# One reading process reads one page at a time, so the out-parameters can be shared.
_doubles = (ctypes.c_double * 4)()
_floats = (ctypes.c_float * 6)()
_ints = (ctypes.c_uint * 4)()
_D = tuple(ctypes.addressof(_doubles) + 8 * i for i in range(4))
_F = tuple(ctypes.addressof(_floats) + 4 * i for i in range(6))
_I = tuple(ctypes.addressof(_ints) + 4 * i for i in range(4))

Edges = tuple[float, float, float, float]
"""left, bottom, right, top in a PDF's own coordinates."""
Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[int, int, int, int]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def handle(pointer: Any) -> Handle:
    """Return a pypdfium2 pointer as the integer that the quick calls take."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def rect(textpage: Handle, index: int) -> Edges:
    """Return rectangle ``index`` of the last ``count_rects``."""
    _get_rect(textpage, index, _D[0], _D[1], _D[2], _D[3])
    return _doubles[0], _doubles[3], _doubles[2], _doubles[1]


def char_box(textpage: Handle, index: int) -> Edges | None:
    """Return the box of character ``index``; None where it has none."""
    if not _get_char_box(textpage, index, _D[0], _D[1], _D[2], _D[3]):
        return None
    return _doubles[0], _doubles[2], _doubles[1], _doubles[3]


def char_size(textpage: Handle, index: int) -> float:
    """Return about the font's size, as character ``index`` is drawn on the page."""
    if not _get_loose_box(textpage, index, _F[0]):
        return 0.0
    return max(abs(_floats[2] - _floats[0]), abs(_floats[3] - _floats[1]))


def bounds(obj: Handle) -> Edges | None:
    """Return the bounds of a page object in the space it was drawn in."""
    if not _get_bounds(obj, _F[0], _F[1], _F[2], _F[3]):
        return None
    return _floats[0], _floats[1], _floats[2], _floats[3]


def matrix(obj: Handle) -> Matrix:
    """Return the transformation of a page object."""
    if not _get_matrix(obj, _F[0]):
        return IDENTITY
    return _floats[0], _floats[1], _floats[2], _floats[3], _floats[4], _floats[5]


def colour(obj: Handle, *, stroke: bool = False) -> Colour | None:
    """Return red, green, blue, alpha (0..255) that a page object paints with; None for patterns."""
    if not (_get_stroke if stroke else _get_fill)(obj, _I[0], _I[1], _I[2], _I[3]):
        return None
    return _ints[0], _ints[1], _ints[2], _ints[3]


def is_filled(path: Handle) -> bool:
    """Whether a path object paints its inside."""
    return bool(_get_draw_mode(path, _I[0], _I[1])) and _ints[0] != raw.FPDF_FILLMODE_NONE


def pixel_size(image: Handle) -> tuple[int, int]:
    """Return the width and height an image object declares, without decoding it."""
    if not _get_pixel_size(image, _I[0], _I[1]):
        return 0, 0
    return _ints[0], _ints[1]


def clip_bounds(obj: Handle) -> Edges | None:
    """Return the bounds of what a page object is clipped to; None where it is not clipped."""
    clip = _clip_of(obj)
    count = _count_clip_paths(clip) if clip else 0
    if count <= 0:
        return None
    left, bottom, right, top = float("-inf"), float("-inf"), float("inf"), float("inf")
    for path in range(count):
        points = []
        for index in range(min(_count_clip_segments(clip, path), 64)):
            segment = _clip_segment(clip, path, index)
            if segment and _segment_point(segment, _F[0], _F[1]):
                points.append((_floats[0], _floats[1]))
        if points:
            left = max(left, min(x for x, _ in points))
            right = min(right, max(x for x, _ in points))
            bottom = max(bottom, min(y for _, y in points))
            top = min(top, max(y for _, y in points))
    return left, bottom, right, top


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the transformation that applies ``inner`` first, then ``outer``."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def transform(edges: Edges, by: Matrix) -> Edges:
    """Return the bounds of ``edges`` transformed."""
    if by is IDENTITY:
        return edges
    a, b, c, d, e, f = by
    left, bottom, right, top = edges
    corners = ((left, bottom), (left, top), (right, bottom), (right, top))
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


@contextmanager
def open_page(document: Any, index: int) -> Iterator[Any | None]:
    """Give page ``index`` (from 0), or None where pdfium can't load it."""
    page = raw.FPDF_LoadPage(document, index)
    try:
        yield page or None
    finally:
        if page:
            raw.FPDF_ClosePage(page)


@contextmanager
def open_text(page: Any) -> Iterator[Any | None]:
    """Give the text of ``page``, or None where pdfium finds none."""
    textpage = raw.FPDFText_LoadPage(page)
    try:
        yield textpage or None
    finally:
        if textpage:
            raw.FPDFText_ClosePage(textpage)
