"""How things are put into words, everywhere the same, and strangers' text made safe to look at."""

from ops.words.phrases import (
    about,
    abridged,
    clock,
    dollars,
    duration,
    minute,
    moment,
    number_of_bytes,
    page_range,
    several,
    short,
    spoken,
    unit,
)
from ops.words.visible import shown, visible, visible_lines

__all__ = [
    "about",
    "abridged",
    "clock",
    "dollars",
    "duration",
    "minute",
    "moment",
    "number_of_bytes",
    "page_range",
    "several",
    "short",
    "shown",
    "spoken",
    "unit",
    "visible",
    "visible_lines",
]
