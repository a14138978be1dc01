"""Reading a page image: which way is up, where its lines are, what they say.

The engine is rapidocr with the models its package brings; nothing is fetched. Importing this module
imports the engine, which takes a second: readers import it when the first page needs it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_det import TextDetector
from rapidocr.ch_ppocr_rec import TextRecInput, TextRecognizer

from pages.parts import PlacedWord
from pages.pictures import quads
from pages.pictures.ocr_words import words_of
from pages.pictures.quads import Image, Quad, Quads
from pages.quality import Scan

# The detector sees the page at most so large (pixels, longer side); the recogniser sees the original.
DETECT_SIDE = 1280
MOST_SIDE = 3200
# Lines less certain than this are specks, ornaments and handwriting; of some length, they were text.
LEAST_CONFIDENCE = 0.5
SOME_LETTERS = 4
# Lines lower or shorter than this tell nothing of edges.
SOME_PIXELS = 4
# Which way is up: lines looked at, how long at most, and how sure the first look must be.
SAMPLE_LINES = 6
SAMPLE_LENGTH = 12.0
SURE = 0.9


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What OCR read on an image, in the pixels of the image turned upright.

    Attributes:
        words: Of the lines that lie, line by line.
        standing: The lines that run up or down (stamps, marginal notes), each from its beginning.
        rotation: Degrees clockwise by which the image was turned.
        slope: Tangent of the angle at which its lines still run.
    """

    words: list[PlacedWord]
    standing: list[list[PlacedWord]]
    width: int
    height: int
    rotation: int
    slope: float
    scan: Scan


@dataclass(frozen=True, slots=True)
class _Line:
    """A recognised line: its corners, what it says, where its letters are, how sure each is."""

    quad: Quad
    text: str
    confidence: float
    columns: Any
    confidences: Sequence[float]


def read_image(image: Image) -> OcrPage:
    """Return the words of ``image`` (rows of blue, green, red), turned upright."""
    scale = min(1.0, MOST_SIDE / max(image.shape[:2]))
    if scale < 1.0:
        image = _resized(image, scale)
    found = _detect(image)
    rotation = 0
    known: dict[int, _Line] = {}
    if len(found):
        image, found, rotation, known = _upright(image, found)
    stands = quads.standing(found)
    lying = [int(index) for index in np.flatnonzero(~stands)]
    lines = {index: line for index, line in known.items() if not stands[index]}
    lines |= _recognise(image, found, [index for index in lying if index not in lines])
    upended = _recognise_standing(image, found[stands])
    slope = quads.slope_of(found[~stands])
    height, width = image.shape[:2]
    scan = Scan(
        confidences=_confidences([*lines.values(), *upended]),
        line_height=float(np.median(quads.heights(found[~stands]))) / scale if (~stands).any() else 0.0,
        contrast=_contrast(image, found),
        edge=_edge(image, found) / scale,
        skew=round(math.degrees(math.atan(slope)), 2),
    )
    words = [word for index in sorted(lines) for word in _words(lines[index], scale)]
    apart = [words_apart for line in upended if (words_apart := _words(line, scale))]
    return OcrPage(words, apart, round(width / scale), round(height / scale), rotation, slope, scan)


@dataclass(frozen=True, slots=True)
class _Engine:
    detector: TextDetector
    recogniser: TextRecognizer


@cache
def _engine() -> _Engine:
    """Return the engine's two models, loaded; its own pipeline would cut out every line twice."""
    # The engine's logger writes to the terminal whatever we set elsewhere.
    logging.getLogger("RapidOCR").disabled = True
    # Readers run in parallel, and waiting for each other's threads costs more than threads gain.
    cv2.setNumThreads(1)
    config = RapidOCR(
        params={
            "Global.log_level": "critical",
            # One thread: readers run in parallel, and equal bytes must give equal text anywhere.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECT_SIDE,
            # One line at a time and hardly padded: a third less work than batches, and what is read
            # does not depend on the line's neighbours.
            "Rec.rec_batch_num": 1,
            "Rec.rec_img_shape": [3, 48, 96],
        }
    ).cfg
    for part in (config.Det, config.Rec):
        part.engine_cfg = config.EngineConfig[part.engine_type.value]
        part.model_root_dir = config.Global.model_root_dir
        part.font_path = None
    return _Engine(TextDetector(config.Det), TextRecognizer(config.Rec))


def _detect(image: Image) -> Quads:
    """Return the four corners of every line, clockwise from the top left."""
    found = _engine().detector(image)
    if found.boxes is None or not len(found.boxes):
        return np.zeros((0, 4, 2), np.float32)
    return np.asarray(found.boxes, dtype=np.float32)


def _upright(image: Image, found: Quads) -> tuple[Image, Quads, int, dict[int, _Line]]:
    """Return image and lines turned upright, by how much, and what was recognised on the way."""
    rotation = 0
    if quads.lie_sideways(found):
        image, found = quads.turned(image, found, 90)
        rotation = 90
    # Of the lines that lie, those of middling length say most: short ones are numbers, which read
    # both ways, and long ones cost most.
    worth = np.minimum(quads.widths(found) / np.maximum(quads.heights(found), 1), SAMPLE_LENGTH)
    sample = [int(index) for index in np.argsort(-worth, kind="stable")[:SAMPLE_LINES]]
    known = _recognise(image, found, sample)
    if _mean(known) >= SURE:
        return image, found, rotation, known
    flipped, turned = quads.turned(image, found, 180)
    other = _recognise(flipped, turned, sample)
    if _mean(other) > _mean(known):
        return flipped, turned, rotation + 180, other
    return image, found, rotation, known


def _mean(lines: dict[int, _Line]) -> float:
    letters = sum(len(line.text) for line in lines.values())
    return sum(line.confidence * len(line.text) for line in lines.values()) / max(1, letters)


def _recognise(image: Image, found: Quads, wanted: Sequence[int]) -> dict[int, _Line]:
    """Return the lines ``wanted``, by their place in ``found``."""
    if not len(wanted):
        return {}
    crops = [quads.crop(image, found[index]) for index in wanted]
    out: Any = _engine().recogniser(TextRecInput(img=crops, return_word_box=True))
    return {
        int(index): _Line(found[index], text, float(score), columns, columns.confs if columns else ())
        for index, text, score, columns in zip(wanted, out.txts, out.scores, out.word_results, strict=True)
    }


def _recognise_standing(image: Image, found: Quads) -> list[_Line]:
    """Return lines that run up or down, each in the direction in which it reads better."""
    if not len(found):
        return []
    every = list(range(len(found)))
    up = _recognise(image, np.array([quads.upwards(quad) for quad in found]), every)
    down = _recognise(image, np.array([quads.downwards(quad) for quad in found]), every)
    return [max(up[index], down[index], key=lambda line: line.confidence) for index in every]


def _words(line: _Line, scale: float) -> list[PlacedWord]:
    if line.confidence < LEAST_CONFIDENCE:
        return []
    return [
        word._replace(x0=word.x0 / scale, y0=word.y0 / scale, x1=word.x1 / scale, y1=word.y1 / scale)
        for word in words_of(line.text, line.columns, line.confidences, line.quad)
    ]


def _confidences(lines: Sequence[_Line]) -> list[tuple[float, int]]:
    """Return confidence and length of every word, and of what was too uncertain to be kept."""
    found = []
    for line in lines:
        words = _words(line, 1.0)
        found += [(word.confidence, len(word.text)) for word in words]
        if not words and len(line.text) >= SOME_LETTERS:
            found.append((line.confidence, len(line.text)))
    return found


def _contrast(image: Image, found: Quads) -> float:
    """Return the median distance between ink and paper in the lines, 0..1."""
    distances = []
    for quad in found[:: max(1, len(found) // 40)]:
        x0, y0 = np.maximum(quad.min(axis=0), 0).astype(int)
        x1, y1 = quad.max(axis=0).astype(int) + 1
        part = image[y0:y1, x0:x1]
        if part.size:
            dark, bright = np.percentile(part.mean(axis=2), (5, 95))
            distances.append(float(bright - dark) / 255)
    return round(float(np.median(distances)), 3) if distances else 0.0


def _edge(image: Image, found: Quads) -> float:
    """Return the median width of the letters' edges in pixels: how far ink fades into paper."""
    widths = []
    for quad in found[:: max(1, len(found) // 40)]:
        x0, y0 = np.maximum(quad.min(axis=0), 0).astype(int)
        x1, y1 = quad.max(axis=0).astype(int) + 1
        part = image[y0:y1, x0:x1].mean(axis=2)
        if min(part.shape) >= SOME_PIXELS:
            dark, bright = np.percentile(part, (5, 95))
            steepest = np.percentile(np.abs(np.diff(part, axis=1)), 99)
            widths.append(float(bright - dark) / max(1.0, float(steepest)))
    return round(float(np.median(widths)), 2) if widths else 0.0


def _resized(image: Image, scale: float) -> Image:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
