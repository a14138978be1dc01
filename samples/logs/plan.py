"""How a log is laid out: tracks, depth column, grid, styles and what the header says."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from samples.logs.curves import QUANTITIES, Curve, Quantity, curve
from samples.sample import chance

Colour = tuple[int, int, int]
Dash = tuple[int, int] | None

LAYOUTS = ("single", "twin", "mirrored", "margin", "ledger")
HELD_OUT = ("margin", "ledger")
"""Layouts that neither training nor development sees."""

BLACK: Colour = (25, 25, 28)
RED: Colour = (196, 30, 38)
BLUE: Colour = (28, 52, 170)
GREEN: Colour = (20, 110, 52)
_PAIRS: tuple[tuple[tuple[Colour, bool], tuple[Colour, bool]], ...] = (
    ((BLACK, False), (BLACK, True)),
    ((BLACK, False), (RED, False)),
    ((RED, False), (BLUE, True)),
    ((BLUE, False), (BLACK, True)),
    ((GREEN, False), (BLACK, True)),
    ((BLACK, False), (BLACK, True)),
)
_GRIDS: tuple[Colour, ...] = ((176, 176, 180), (150, 190, 160), (222, 170, 130), (120, 120, 124))
_HELD_OUT_GRIDS: tuple[Colour, ...] = ((150, 178, 214), (196, 186, 150), (206, 150, 160))
_COMPANIES = ("NORTHERN SHELF PETROLEUM", "CARRICK ENERGY PLC", "LARKSPUR OIL & GAS", "VESTA EXPLORATION")
_WELLS = ("HALCYON", "MERIDIAN", "GANNET BANK", "OSPREY DEEP", "STONECROP", "TAMARISK")


@dataclass(frozen=True, slots=True)
class Style:
    """How a curve is drawn; ``dash`` is ink and gap in pixels along the line, None for solid."""

    colour: Colour
    dash: Dash
    width: float


@dataclass(frozen=True, slots=True)
class Track:
    """A ruled strip, in pixels of the page; ``curves`` are those drawn in it, by their place."""

    x0: int
    x1: int
    curves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a log shows.

    Attributes:
        y0: Top of the tracks, y1 their bottom, in pixels.
        labels: x of the depth labels, and the side of them that is anchored.
        depths: At ``y0`` and ``y1``.
        minor: Depth between thin lines across; every fifth is heavy and bears a label.
        divisions: Of a track's width.
        words: The title lines.
        fields: What is printed, in normal form.
    """

    layout: str
    width: int
    height: int
    y0: int
    y1: int
    tracks: tuple[Track, ...]
    labels: tuple[int, Literal["l", "m", "r"]]
    depths: tuple[float, float]
    minor: float
    divisions: int
    grid: Colour
    curves: tuple[Curve, Curve]
    styles: tuple[Style, Style]
    words: tuple[str, ...]
    fields: dict[str, str]


def plan(rng: random.Random, layout: str, *, bilevel: bool) -> Plan:
    """Return a log in one of ``LAYOUTS``; a bilevel scan can only tell its curves by their dashes."""
    rows = rng.randrange(1300, 1800)
    width, tracks, labels = _tracks(rng, layout)
    y0 = rng.randrange(330, 380)
    metres = layout not in ("mirrored", "ledger") or chance(rng, 0.3)
    minor = rng.choice((1.0, 2.0) if metres else (5.0, 10.0))
    pixels_per_minor = rng.randrange(14, 24)
    top = minor * rng.randrange(300, 1600)
    depths = (top, top + minor * (rows // pixels_per_minor))
    rows = pixels_per_minor * (rows // pixels_per_minor)
    curves = _curves(rng, rows)
    unit = "M" if metres else "FT"
    words, fields = _header(rng, unit, depths)
    return Plan(
        layout=layout,
        width=width,
        height=y0 + rows + rng.randrange(70, 130),
        y0=y0,
        y1=y0 + rows,
        tracks=tracks,
        labels=labels,
        depths=depths,
        minor=minor,
        divisions=20 if layout == "margin" else 10,
        grid=rng.choice(_HELD_OUT_GRIDS if layout in HELD_OUT else _GRIDS) if not bilevel else (90, 90, 90),
        curves=curves,
        styles=_styles(rng, bilevel=bilevel),
        words=words,
        fields={**fields, **_scales(curves)},
    )


def _tracks(
    rng: random.Random, layout: str
) -> tuple[int, tuple[Track, ...], tuple[int, Literal["l", "m", "r"]]]:
    edge, wide = rng.randrange(50, 90), rng.randrange(440, 580)
    both = (0, 1)
    match layout:
        case "twin":
            half = int(wide * 0.62)
            gap = rng.randrange(96, 120)
            first = Track(edge, edge + half, (0,))
            second = Track(edge + half + gap, edge + 2 * half + gap, (1,))
            return second.x1 + edge, (first, second), (edge + half + gap // 2, "m")
        case "mirrored":
            track = Track(edge, edge + wide, both)
            return track.x1 + 130, (track,), (track.x1 + 16, "l")
        case "margin":
            track = Track(edge + 40, edge + 40 + wide, both)
            return track.x1 + 190, (track,), (track.x1 + 150, "r")
        case "ledger":
            half = int(wide * 0.6)
            first = Track(edge + 100, edge + 100 + half, (0,))
            second = Track(first.x1 + 24, first.x1 + 24 + half, (1,))
            return second.x1 + edge, (first, second), (edge + 84, "r")
    track = Track(edge + 110, edge + 110 + wide, both)
    return track.x1 + edge, (track,), (edge + 96, "r")


def _curves(rng: random.Random, rows: int) -> tuple[Curve, Curve]:
    first = rng.choice(QUANTITIES[:4])
    second = rng.choice(QUANTITIES[4:])
    places = [rng.uniform(0.24, 0.36), rng.uniform(0.6, 0.74)]
    rng.shuffle(places)
    return (
        curve(rng, first, rows, around=places[0], wraps=places[0] > 0.5 and chance(rng, 0.45)),
        curve(rng, second, rows, around=places[1], wraps=places[1] > 0.5 and chance(rng, 0.45)),
    )


def _styles(rng: random.Random, *, bilevel: bool) -> tuple[Style, Style]:
    pair = _PAIRS[0] if bilevel else rng.choice(_PAIRS)
    dash = (rng.randrange(9, 15), rng.randrange(5, 9))
    width = rng.uniform(2.0, 3.0)
    first, second = (Style(colour, dash if dashed else None, width) for colour, dashed in pair)
    return (first, second) if chance(rng, 0.6) else (second, first)


def _header(
    rng: random.Random, unit: str, depths: tuple[float, float]
) -> tuple[tuple[str, ...], dict[str, str]]:
    company = rng.choice(_COMPANIES)
    well = f"{rng.choice(_WELLS)} {rng.randrange(1, 30)}/{rng.randrange(1, 16)}-{rng.randrange(1, 9)}"
    day = f"{rng.randrange(1968, 2009)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    words = (
        f"COMPANY: {company}",
        f"WELL: {well}",
        f"DATE LOGGED: {day}",
        f"DEPTH: {depths[0]:.0f} - {depths[1]:.0f} {unit}",
    )
    fields = {
        "company": company,
        "well": well,
        "logged_on": day,
        "depth_unit": unit,
        "depth_top": _plain(depths[0]),
        "depth_bottom": _plain(depths[1]),
    }
    return words, fields


def _scales(curves: tuple[Curve, Curve]) -> dict[str, str]:
    said: dict[str, str] = {}
    for number, one in enumerate(curves, start=1):
        said[f"curve_{number}_name"] = one.quantity.name
        said[f"curve_{number}_unit"] = one.quantity.unit
        said[f"curve_{number}_left"] = _plain(one.quantity.left)
        said[f"curve_{number}_right"] = _plain(one.quantity.right)
    return said


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def printed(quantity: Quantity, value: float) -> str:
    """Return an edge's value as logs print it."""
    return f"{value:.{quantity.decimals}f}"
