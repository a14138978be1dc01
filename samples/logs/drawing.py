"""Drawing a log: grid, depth labels, header, and the two curves in their styles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from samples.logs.curves import Curve
from samples.logs.plan import BLACK, Colour, Plan, Style, Track, printed
from samples.scan import font

FINE = 2
"""Curves are drawn this much larger and then shrunk, so that their edges are soft."""
MASK_LEVEL = 96
"""Ink of a curve from which a pixel counts as its own, of 255."""

Place = tuple[str, float, float, float, float]
"""A printed text and its box in pixels."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A log as it left the plotter.

    Attributes:
        mask: 0 for background, 1 and 2 for the curves.
        texts: Everything printed, in reading order.
    """

    page: Image.Image
    mask: Image.Image
    texts: list[Place]


class Pen:
    """Draws on a page and remembers what it wrote where."""

    def __init__(self, page: Image.Image) -> None:
        self.draw = ImageDraw.Draw(page)
        self.texts: list[Place] = []

    def write(
        self, at: tuple[float, float], text: str, size: int, colour: Colour, anchor: str = "la"
    ) -> None:
        """Write a text whose ``anchor`` is at a place."""
        face = font("sans", size)
        self.draw.text(at, text, font=face, fill=colour, anchor=anchor)
        self.texts.append((text, *self.draw.textbbox(at, text, font=face, anchor=anchor)))


def draw(plan: Plan) -> Drawn:
    """Return the log as it left the plotter."""
    page = Image.new("RGB", (plan.width, plan.height), (252, 251, 248))
    pen = Pen(page)
    _title(pen, plan)
    for track in plan.tracks:
        _grid(pen, plan, track)
        _scales(pen, plan, track)
    _depths(pen, plan)
    mask = np.zeros((plan.height, plan.width), dtype=np.uint8)
    for track in plan.tracks:
        for place in track.curves:
            ink = _ink(plan.curves[place], plan.styles[place], track)
            box = (track.x0, plan.y0)
            page.paste(Image.new("RGB", ink.size, plan.styles[place].colour), box, ink)
            part = mask[plan.y0 : plan.y1, track.x0 : track.x1]
            part[np.asarray(ink) >= MASK_LEVEL] = place + 1
    for track in plan.tracks:
        pen.draw.rectangle((track.x0, plan.y0, track.x1, plan.y1), outline=BLACK, width=2)
    return Drawn(page, Image.fromarray(mask), pen.texts)


def _title(pen: Pen, plan: Plan) -> None:
    left = min(track.x0 for track in plan.tracks)
    for number, line in enumerate(plan.words):
        pen.write((left, 26 + 34 * number), line, 24, BLACK)


def _grid(pen: Pen, plan: Plan, track: Track) -> None:
    lines = round((plan.depths[1] - plan.depths[0]) / plan.minor)
    step = (plan.y1 - plan.y0) / lines
    for number in range(lines + 1):
        heavy = round((plan.depths[0] / plan.minor) + number) % 5 == 0
        y = plan.y0 + number * step
        pen.draw.line((track.x0, y, track.x1, y), fill=plan.grid, width=2 if heavy else 1)
    for number in range(plan.divisions + 1):
        x = track.x0 + (track.x1 - track.x0) * number / plan.divisions
        heavy = number * 2 % plan.divisions == 0
        pen.draw.line((x, plan.y0, x, plan.y1), fill=plan.grid, width=2 if heavy else 1)


def _depths(pen: Pen, plan: Plan) -> None:
    lines = round((plan.depths[1] - plan.depths[0]) / plan.minor)
    step = (plan.y1 - plan.y0) / lines
    x, anchor = plan.labels
    for number in range(lines + 1):
        count = round(plan.depths[0] / plan.minor) + number
        if count % 5 == 0 and (number or plan.layout != "ledger"):
            text = f"{count * plan.minor:.0f}"
            pen.write((x, plan.y0 + number * step), text, 21, BLACK, f"{anchor}m")


def _scales(pen: Pen, plan: Plan, track: Track) -> None:
    """Print name, unit and edge values of each curve above its track, with a stroke of its style below."""
    for row, place in enumerate(track.curves):
        quantity, style = plan.curves[place].quantity, plan.styles[place]
        y = plan.y0 - 62 - 56 * (len(track.curves) - 1 - row)
        middle = (track.x0 + track.x1) / 2
        pen.write((track.x0, y), printed(quantity, quantity.left), 21, style.colour)
        pen.write((middle, y), f"{quantity.name} ({quantity.unit})", 21, style.colour, "ma")
        pen.write((track.x1, y), printed(quantity, quantity.right), 21, style.colour, "ra")
        line = [(float(x), y + 34.0) for x in range(track.x0, track.x1)]
        for stroke in _strokes(line, style, 1):
            pen.draw.line(stroke, fill=style.colour, width=round(style.width))


def _ink(curve: Curve, style: Style, track: Track) -> Image.Image:
    """Return the curve's ink in its track, at the track's own size, wrapped around its edges."""
    wide, rows = (track.x1 - track.x0), len(curve.across)
    layer = Image.new("L", (wide * FINE, rows * FINE), 0)
    pen = ImageDraw.Draw(layer)
    width = max(1, round(style.width * FINE))
    for shift in range(math.floor(curve.across.min()), math.floor(curve.across.max()) + 1):
        for run in _runs(curve):
            points = [((curve.across[y] - shift) * wide * FINE, (y + 0.5) * FINE) for y in run]
            for stroke in _strokes([(float(x), float(y)) for x, y in points], style, FINE):
                pen.line(stroke, fill=255, width=width, joint="curve")
    return layer.resize((wide, rows), Image.Resampling.BOX)


def _runs(curve: Curve) -> Iterator[range]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], curve.drawn.astype(np.int8), [0]))))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield range(int(start), int(end))


def _strokes(
    points: list[tuple[float, float]], style: Style, scale: int
) -> Iterator[list[tuple[float, float]]]:
    """Yield the line in strokes: whole, or cut into dashes by its length."""
    if style.dash is None:
        yield points
        return
    on, off = (length * scale for length in style.dash)
    gone, stroke = 0.0, [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        done = 0.0
        while done < length:
            place = gone % (on + off)
            inked = place < on
            step = min((on if inked else on + off) - place + 1e-9, length - done)
            done, gone = done + step, gone + step
            at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if inked:
                stroke.append(at)
            if gone % (on + off) >= on or not inked:
                if len(stroke) > 1:
                    yield stroke
                stroke = [at]
    if len(stroke) > 1:
        yield stroke
