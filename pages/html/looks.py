"""Whether an element's text can be seen, from what is declared for it and for what it stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pages.html.styles import Declared

Colour = tuple[int, int, int]

NOT_DISPLAYED, INVISIBLE = "not displayed", "made invisible"
OFF_PAGE, NO_ROOM = "placed off the page", "in a box without room"
TINY, SAME_COLOUR = "too small to see", "in the colour of its background"
_PIXELS_PER = {"px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 37.8, "mm": 3.78, "pc": 16.0, "rem": 16.0}
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|pt|in|cm|mm|pc|rem|em|ex|%|vw|vh)?")
_SIZES = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_FAR, _LEAST_SIZE, _LEAST_ROOM, _LEAST_OPACITY = -400.0, 2.0, 1.0, 0.05
# Colours nearer than this in every channel can't be told apart.
_ALIKE = 14
_RGB = re.compile(r"rgba?\(\s*([\d.]+%?)[\s,]+([\d.]+%?)[\s,]+([\d.]+%?)(?:[\s,/]+([\d.]+%?))?\s*\)")
_NO_CLIP = re.compile(r"rect\(\s*(?:[01](?:px)?[\s,]+){3}[01](?:px)?\s*\)|inset\(\s*(?:50|100)%")
_NOTHING = re.compile(r"scale[xy]?\(\s*0?\.?0+\s*[,)]")
_NAMED: dict[str, Colour] = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
    "navy": (0, 0, 128),
}


@dataclass(frozen=True, slots=True)
class Looks:
    """How text in an element is drawn.

    Attributes:
        gone: Why the element and all in it can't be seen.
        invisible: As inherited; an element within may be visible again.
        size: Of its letters in pixels.
        colour: None where it is one that can't be told here.
        ground: Colour of what it stands on; None where that is a picture or can't be told.
        keeps_space: Whether line breaks and spaces are kept as written.
    """

    gone: str | None = None
    invisible: bool = False
    clear: bool = False
    size: float = 16.0
    colour: Colour | None = (0, 0, 0)
    ground: Colour | None = (255, 255, 255)
    keeps_space: bool = False

    def hidden(self) -> str | None:
        """Return why text of these looks can't be seen; None if it can."""
        if self.gone:
            return self.gone
        if self.invisible:
            return INVISIBLE
        if self.size < _LEAST_SIZE:
            return TINY
        if self.clear:
            return SAME_COLOUR
        if self.colour is None or self.ground is None:
            return None
        distances = [abs(one - other) for one, other in zip(self.colour, self.ground, strict=True)]
        return SAME_COLOUR if max(distances) < _ALIKE else None


def looks_within(outer: Looks, declared: Declared) -> Looks:
    """Return the looks of an element that stands in ``outer`` and has ``declared`` for itself."""
    if not declared or outer.gone:
        return outer
    looks = replace(
        outer,
        gone=_gone(declared),
        size=_size(declared, outer.size),
        invisible=_invisible(declared, outer.invisible),
    )
    if "color" in declared and declared["color"] != "inherit":
        clear = _is_clear(declared["color"])
        looks = replace(looks, clear=clear, colour=colour_of(declared["color"]))
    return replace(looks, ground=_ground(declared, outer.ground))


def colour_of(text: str) -> Colour | None:
    """Return a colour as red, green, blue; None for one that is not known here."""
    text = text.strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    digits = text.removeprefix("#")
    if re.fullmatch("[0-9a-f]{3,4}", digits) and text.startswith("#"):
        return int(digits[0] * 2, 16), int(digits[1] * 2, 16), int(digits[2] * 2, 16)
    if re.fullmatch("[0-9a-f]{6}(?:[0-9a-f]{2})?", digits):
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    found = _RGB.fullmatch(text)
    if found:
        return _channel(found[1]), _channel(found[2]), _channel(found[3])
    return None


def _channel(text: str) -> int:
    value = float(text.rstrip("%").strip(".") or 0) * (2.55 if text.endswith("%") else 1)
    return min(255, round(value))


def _is_clear(text: str) -> bool:
    if text == "transparent":
        return True
    found = _RGB.fullmatch(text)
    alpha = found[4] if found else None
    return alpha is not None and float(alpha.rstrip("%").strip(".") or 0) <= _LEAST_OPACITY


def _ground(declared: Declared, outer: Colour | None) -> Colour | None:
    if "url(" in declared.get("background-image", "") or "gradient(" in declared.get("background-image", ""):
        return None
    for name in ("background-color", "background"):
        value = declared.get(name)
        if value is None or value in ("inherit", "none", "transparent", "initial", "unset"):
            continue
        if "url(" in value or "gradient(" in value:
            return None
        if _is_clear(value):
            continue
        return colour_of(value) or next(filter(None, map(colour_of, value.split())), None)
    return outer


def _gone(declared: Declared) -> str | None:
    if declared.get("display") == "none":
        return NOT_DISPLAYED
    opacity = _pixels(declared.get("opacity"))
    if opacity is not None and opacity <= _LEAST_OPACITY:
        return INVISIBLE
    if _is_off_page(declared):
        return OFF_PAGE
    return NO_ROOM if _has_no_room(declared) else None


def _is_off_page(declared: Declared) -> bool:
    edges = ["text-indent", "margin-left", "margin-top"]
    if declared.get("position") in ("absolute", "fixed", "relative"):
        edges += ["left", "top", "right", "bottom"]
    return any((_pixels(declared.get(edge)) or 0.0) <= _FAR for edge in edges)


def _has_no_room(declared: Declared) -> bool:
    if _NOTHING.search(declared.get("transform", "")):
        return True
    clips = declared.get("clip", "") + " " + declared.get("clip-path", "")
    if _NO_CLIP.search(clips):
        return True
    cut = any(
        declared.get(name, "")[:6] in ("hidden", "clip") for name in ("overflow", "overflow-x", "overflow-y")
    )
    if not cut:
        return False
    sizes = [_pixels(declared.get(name)) for name in ("height", "max-height", "width", "max-width")]
    return any(size is not None and size <= _LEAST_ROOM for size in sizes)


def _invisible(declared: Declared, outer: bool) -> bool:
    match declared.get("visibility"):
        case "hidden" | "collapse":
            return True
        case "visible":
            return False
        case _:
            return outer


def _size(declared: Declared, outer: float) -> float:
    text = declared.get("font-size")
    if text is None and "font" in declared:
        text = next((part.partition("/")[0] for part in declared["font"].split() if part[:1].isdigit()), None)
    if text is None:
        return outer
    if text in _SIZES:
        return float(_SIZES[text])
    size = _pixels(text, outer)
    return outer if size is None else size


def _pixels(text: str | None, em: float = 16.0) -> float | None:
    """Return a length in pixels; shares count of ``em``."""
    found = _LENGTH.fullmatch(text) if text is not None else None
    if found is None:
        return None
    number, unit = float(found[1]), found[2] or "px"
    if unit in _PIXELS_PER:
        return number * _PIXELS_PER[unit]
    return number * {"em": em, "ex": em / 2, "%": em / 100, "vw": 12.8, "vh": 8.0}[unit]
