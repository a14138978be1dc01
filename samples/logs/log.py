"""One scanned well log with its truth: fields, two curves of 300 rows, and the mask of the page."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

from samples.logs.curves import Trace
from samples.logs.drawing import Place, draw
from samples.logs.plan import HELD_OUT, LAYOUTS, Plan, plan
from samples.logs.scanning import Wear, encode, scan, turned, wear
from samples.sample import Sample

ROWS = 300
"""Rows of a curve's file, evenly spread from the top of the log to its bottom."""
TEMPLATES = LAYOUTS
KEYS = (
    "company", "well", "logged_on", "depth_unit", "depth_top", "depth_bottom",
    "curve_1_name", "curve_1_unit", "curve_1_left", "curve_1_right",
    "curve_2_name", "curve_2_unit", "curve_2_left", "curve_2_right",
)  # fmt: skip

__all__ = ["HELD_OUT", "KEYS", "ROWS", "TEMPLATES", "Log", "make", "well_log"]


@dataclass(frozen=True, slots=True)
class Log:
    """A log and everything that is true of it.

    Attributes:
        data: The file, ``suffix`` the ending of its name.
        mask: Of the scanned page: 0 for background, 1 and 2 for the curves.
        texts: What is printed on it: text and box in fractions of the page.
    """

    plan: Plan
    data: bytes
    suffix: str
    mask: Image.Image
    texts: list[Place]

    def png(self) -> bytes:
        """Return the scan as the page reader draws it."""
        out = io.BytesIO()
        with Image.open(io.BytesIO(self.data)) as image:
            image.convert("RGB").save(out, "PNG", compress_level=1)
        return out.getvalue()

    def across(self, place: int) -> Trace:
        """Return ``ROWS`` fractions of its track's width at which a curve really runs."""
        curve, plan = self.plan.curves[place], self.plan
        # The middle of a row of pixels lies half a row below its top.
        rows = np.linspace(0, plan.y1 - plan.y0, ROWS) - 0.5
        return np.asarray(np.interp(rows, np.arange(len(curve.across)), curve.across))


def make(rng: random.Random, template: str, *, fate: Wear | None = None) -> Log:
    """Return a log in the layout ``template``, worn as ``fate`` says or by chance."""
    fate = fate or wear(rng)
    drawn_up = plan(rng, template, bilevel=fate.bilevel)
    drawn = draw(drawn_up)
    image, mask = scan(rng, drawn.page, drawn.mask, fate)
    data, suffix = encode(image, fate)
    return Log(drawn_up, data, suffix, mask, [_turned(text, drawn.page, fate) for text in drawn.texts])


def well_log(rng: random.Random, key: str, template: str, *, fate: Wear | None = None) -> Sample:
    """Return a log in the layout ``template``; its truth lies beside it as two CSVs and a mask."""
    log = make(rng, template, fate=fate)
    return Sample(
        key=key,
        doc_type="well_log",
        template=template,
        suffix=log.suffix,
        data=log.data,
        fields=dict(log.plan.fields),
        keys=KEYS,
        files={"curve_1.csv": _csv(log, 0), "curve_2.csv": _csv(log, 1), "mask.png": _png(log.mask)},
    )


def _turned(text: Place, page: Image.Image, fate: Wear) -> Place:
    said, x0, y0, x1, y1 = text
    x, y = turned(page, fate, (x0 + x1) / 2, (y0 + y1) / 2)
    half_width, half_height = (x1 - x0) / 2, (y1 - y0) / 2
    return (
        said,
        max(x - half_width, 0) / page.width,
        max(y - half_height, 0) / page.height,
        min(x + half_width, page.width) / page.width,
        min(y + half_height, page.height) / page.height,
    )


def _csv(log: Log, place: int) -> bytes:
    quantity = log.plan.curves[place].quantity
    depths = np.linspace(*log.plan.depths, ROWS)
    values = quantity.left + log.across(place) * (quantity.right - quantity.left)
    lines = [f"{depth:.3f},{value:.5f}" for depth, value in zip(depths, values, strict=True)]
    return "\n".join(["depth,value", *lines, ""]).encode()


def _png(mask: Image.Image) -> bytes:
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    return buffer.getvalue()
