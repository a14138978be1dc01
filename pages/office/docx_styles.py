"""What a DOCX's styles say of its paragraphs and runs: headings, numbering, and what can't be seen."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from pages.office.xml_parts import find

# A style that is based on itself, by however many steps, ends here.
_MOST_STEPS = 20
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
# Half points: below this a line of text is a hair.
_TINY = 4
_WHITE = 0xF2


@dataclass(slots=True)
class Looks:
    """How text is drawn, as far as one place says; None where it says nothing."""

    vanish: bool | None = None
    colour: str | None = None
    size: int | None = None
    shaded: bool | None = None

    def hidden(self) -> str | None:
        """Return why text that looks so can't be seen; None if it can."""
        if self.vanish:
            return "formatted as hidden"
        if self.size is not None and self.size < _TINY:
            return "too small to see"
        if is_white(self.colour) and not self.shaded:
            return "white on white"
        return None


@dataclass(slots=True)
class Style:
    """One style: what it is based on, its looks, and what it makes of a paragraph."""

    name: str
    based_on: str | None
    looks: Looks
    heading: int | None
    number: tuple[str, int] | None


@dataclass(slots=True)
class Styles:
    """All styles of a document, by id."""

    by_id: dict[str, Style] = field(default_factory=dict)
    defaults: Looks = field(default_factory=Looks)

    def chain(self, style_id: str | None) -> Iterator[Style]:
        """Yield the style and those it is based on, nearest first."""
        for _ in range(_MOST_STEPS):
            style = self.by_id.get(style_id) if style_id is not None else None
            if style is None:
                return
            yield style
            style_id = style.based_on

    def heading(self, style_id: str | None) -> int | None:
        """Return the level of heading that a paragraph of this style is."""
        return next((style.heading for style in self.chain(style_id) if style.heading is not None), None)

    def number(self, style_id: str | None) -> tuple[str, int] | None:
        """Return numbering and level that a paragraph of this style has."""
        return next((style.number for style in self.chain(style_id) if style.number is not None), None)

    def looks(self, *given: Looks | str | None) -> Looks:
        """Return how text is drawn where the nearest of ``given`` (looks, or ids of styles) decides."""
        result = Looks()
        for one in given:
            if isinstance(one, Looks):
                _fill(result, one)
            else:
                for style in self.chain(one):
                    _fill(result, style.looks)
        _fill(result, self.defaults)
        return result


def read_styles(root: ET.Element) -> Styles:
    """Return the styles that a document's part of styles declares."""
    styles = Styles()
    defaults = find(root, "w:docDefaults", "w:rPrDefault", "w:rPr")
    if defaults is not None:
        styles.defaults = looks_of(defaults)
    for element in root.iter("w:style"):
        name = _value(element.find("w:name")) or ""
        looks = looks_of(element.find("w:rPr"))
        if any(is_fill(shade.get("w:fill")) for shade in element.iter("w:shd")):
            looks.shaded = True
        properties = element.find("w:pPr")
        styles.by_id[element.get("w:styleId", "")] = Style(
            name,
            _value(element.find("w:basedOn")),
            looks,
            heading_of(properties, name),
            number_of(properties),
        )
    return styles


def looks_of(properties: ET.Element | None) -> Looks:
    """Return the looks that a run's, or a style's, properties say."""
    looks = Looks()
    if properties is None:
        return looks
    vanish = properties.find("w:vanish")
    if vanish is not None:
        looks.vanish = is_on(vanish)
    colour, size = properties.find("w:color"), properties.find("w:sz")
    if colour is not None:
        looks.colour = colour.get("w:val")
    if size is not None:
        looks.size = number(size.get("w:val"))
    highlight = properties.find("w:highlight")
    if is_shaded(properties) or (highlight is not None and highlight.get("w:val") not in ("none", "white")):
        looks.shaded = True
    return looks


def heading_of(properties: ET.Element | None, name: str = "") -> int | None:
    """Return the level of heading that paragraph properties, or a style's name, say."""
    level = number(_value(properties.find("w:outlineLvl"))) if properties is not None else None
    if level is not None and 0 <= level < 9:
        return level + 1
    named = _HEADING.fullmatch(name)
    return int(named[1]) if named else 1 if name.lower() == "title" else None


def number_of(properties: ET.Element | None) -> tuple[str, int] | None:
    """Return the numbering and its level that paragraph properties say."""
    found = properties.find("w:numPr") if properties is not None else None
    numbering = _value(found.find("w:numId")) if found is not None else None
    if found is None or numbering is None:
        return None
    return numbering, number(_value(found.find("w:ilvl"))) or 0


def is_shaded(properties: ET.Element | None) -> bool:
    """Whether properties (of a run, paragraph, cell or table) give a background."""
    shade = properties.find("w:shd") if properties is not None else None
    return shade is not None and is_fill(shade.get("w:fill"))


def is_fill(fill: str | None) -> bool:
    """Whether a fill is a colour other than white."""
    return fill is not None and fill != "auto" and not is_white(fill)


def is_white(colour: str | None) -> bool:
    """Whether a colour can't be told from white paper."""
    if colour is None or not re.fullmatch("[0-9A-Fa-f]{6}", colour):
        return False
    return all(int(colour[place : place + 2], 16) >= _WHITE for place in (0, 2, 4))


def is_on(element: ET.Element) -> bool:
    """Whether a property that is there is switched on."""
    return element.get("w:val") not in ("0", "false", "off")


def number(text: str | None) -> int | None:
    """Return a whole number; None for what is none."""
    try:
        return int(text) if text is not None and len(text) < 12 else None
    except ValueError:
        return None


def _value(element: ET.Element | None) -> str | None:
    return element.get("w:val") if element is not None else None


def _fill(looks: Looks, other: Looks) -> None:
    if looks.vanish is None:
        looks.vanish = other.vanish
    if looks.colour is None:
        looks.colour = other.colour
    if looks.size is None:
        looks.size = other.size
    if looks.shaded is None:
        looks.shaded = other.shaded
