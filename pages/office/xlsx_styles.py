"""A workbook's styles: how each kind of cell shows its number, and whether it shows it at all."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import NamedTuple, TypeVar

from pages.office.docx_styles import is_white, number
from pages.office.xlsx_formats import BUILT_IN, GENERAL, shows_nothing
from pages.office.xml_parts import find

# Places of the theme's colours that are white in every theme that anyone uses: paper, and its twin.
_PAPER = ("0",)
_WHITE_INDEX = ("1", "9")
_TINY = 2.0
_T = TypeVar("_T")


class CellStyle(NamedTuple):
    """The format of a cell's number, and why its content can't be seen, if it can't."""

    code: str
    hidden: str | None


def read_styles(root: ET.Element) -> list[CellStyle]:
    """Return the styles of cells by their place, as cells refer to them."""
    codes = dict(BUILT_IN)
    for element in _in(root, "x:numFmts"):
        identity = number(element.get("numFmtId"))
        if identity is not None:
            codes[identity] = element.get("formatCode", GENERAL)
    fonts = _in(root, "x:fonts")
    fills = [_fill_of(fill) for fill in _in(root, "x:fills")]
    styles = []
    for element in _in(root, "x:cellXfs"):
        code = codes.get(number(element.get("numFmtId")) or 0, GENERAL)
        font = _at(fonts, element.get("fontId"))
        fill = _at(fills, element.get("fillId"))
        styles.append(CellStyle(code, _hidden(code, font, fill)))
    return styles


def _hidden(code: str, font: ET.Element | None, fill: str | None) -> str | None:
    if shows_nothing(code):
        return "in a format that shows nothing"
    if font is None:
        return None
    size = find(font, "x:sz")
    if size is not None and _float(size.get("val")) < _TINY:
        return "too small to see"
    colour = _colour(find(font, "x:color"))
    if colour is not None and (colour == fill or (fill is None and is_white(colour))):
        return "in the colour of its cell"
    return None


def _fill_of(fill: ET.Element) -> str | None:
    """Return the colour of a fill; None for paper, a name of its own for a pattern or gradient."""
    pattern = find(fill, "x:patternFill")
    if pattern is None:
        return "gradient" if len(fill) else None
    if pattern.get("patternType", "none") == "none":
        return None
    if pattern.get("patternType") != "solid":
        return "pattern"
    colour = _colour(find(pattern, "x:fgColor"))
    return None if colour is None or is_white(colour) else colour


def _colour(element: ET.Element | None) -> str | None:
    """Return a colour as six digits, or as a name where only a theme knows it; None for none."""
    if element is None:
        return None
    given = element.get("rgb")
    if given is not None:
        return given[-6:].upper()
    theme, index = element.get("theme"), element.get("indexed")
    if (theme in _PAPER and _float(element.get("tint", "0")) == 0) or index in _WHITE_INDEX:
        return "FFFFFF"
    if theme is not None:
        return f"theme {theme} {element.get('tint', '0')}"
    return f"index {index}" if index is not None else None


def _in(root: ET.Element, name: str) -> list[ET.Element]:
    found = find(root, name)
    return list(found) if found is not None else []


def _at(items: list[_T], place: str | None) -> _T | None:
    index = number(place)
    return items[index] if index is not None and 0 <= index < len(items) else None


def _float(text: str | None) -> float:
    try:
        return float(text) if text is not None else 99.0
    except ValueError:
        return 99.0
