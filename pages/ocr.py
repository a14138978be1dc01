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
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_det import TextDetector
from rapidocr.ch_ppocr_rec import TextRecInput, TextRecognizer

from pages.ocr_words import words_of
from pages.parts import PlacedWord
from pages.quality import Scan

Image = NDArray[np.uint8]
Quads = NDArray[np.float32]

# The detector sees the page at most so large (pixels, longer side); the recogniser sees the original.
DETECT_SIDE = 1280
MOST_SIDE = 3200
# Lines less certain than this are specks and ornaments.
LEAST_CONFIDENCE = 0.5
# Turning: lines looked at, and how sure the first look must be to spare the second.
SAMPLE_LINES = 6
SURE = 0.9
LONG = 2.0
SIDEWAYS_SHARE = 0.6
# Of a line's height, above and below: a crop without a rim cuts the tops of letters off.
RIM = 0.04
# Pixels by which a line's ends may differ and still be cut out straight.
LEVEL = 1.5
# Taller than this many widths, on an upright page, a line runs up the margin.
UPRIGHT_LETTER = 2.2


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What OCR read on an image: words in the pixels of the image turned upright."""

    words: list[PlacedWord]
    width: int
    height: int
    rotation: int
    slope: float
    scan: Scan


@dataclass(frozen=True, slots=True)
class _Recognised:
    text: str
    confidence: float
    columns: Any
    confidences: Sequence[float]


def read_image(image: Image) -> OcrPage:
    """Return the words of ``image`` (rows of blue, green, red), turned upright."""
    scale = min(1.0, MOST_SIDE / max(image.shape[:2]))
    if scale < 1.0:
        image = _resized(image, scale)
    quads = _detect(image)
    rotation = 0
    known: dict[int, _Recognised] = {}
    if len(quads):
        if _is_sideways(quads):
            image, quads, rotation = _turned(image, quads, 90)
        extra, known = _upside_down(image, quads)
        if extra:
            image, quads, _ = _turned(image, quads, 180)
            rotation = (rotation + extra) % 360
        quads = _margin_lines_flat(quads)
    height, width = image.shape[:2]
    slope = _slope(quads)
    found = _recognise(image, quads, known)
    words = [
        word._replace(x0=word.x0 / scale, y0=word.y0 / scale, x1=word.x1 / scale, y1=word.y1 / scale)
        for quad, line in zip(quads, found, strict=True)
        if line.confidence >= LEAST_CONFIDENCE
        for word in words_of(line.text, line.columns, line.confidences, quad)
    ]
    scan = Scan(
        confidences=[(word.confidence, len(word.text)) for word in words],
        line_height=float(np.median(_heights(quads))) / scale if len(quads) else 0.0,
        contrast=_contrast(image, quads),
        skew=round(math.degrees(math.atan(slope)), 2),
    )
    return OcrPage(words, round(width / scale), round(height / scale), rotation, slope, scan)


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


def _widths(quads: Quads) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1), dtype=np.float32)


def _heights(quads: Quads) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), dtype=np.float32)


def _is_sideways(quads: Quads) -> bool:
    widths, heights = _widths(quads), _heights(quads)
    long = np.maximum(widths, heights) >= LONG * np.minimum(widths, heights)
    lengths = np.where(long, np.maximum(widths, heights), 0)
    total = float(lengths.sum())
    return total > 0 and float(lengths[heights > widths].sum()) >= SIDEWAYS_SHARE * total


def _turned(image: Image, quads: Quads, degrees: int) -> tuple[Image, Quads, int]:
    """Return image and corners turned clockwise by 90 or 180 degrees."""
    height, width = image.shape[:2]
    x, y = quads[..., 0], quads[..., 1]
    if degrees == 90:
        image = np.ascontiguousarray(np.rot90(image, -1))
        # What was the bottom left corner of a line's box is now its top left one.
        moved = np.roll(np.stack([height - y, x], axis=-1), 1, axis=1)
    else:
        image = np.ascontiguousarray(image[::-1, ::-1])
        moved = np.roll(np.stack([width - x, height - y], axis=-1), 2, axis=1)
    return image, moved.astype(np.float32), degrees


def _margin_lines_flat(quads: Quads) -> Quads:
    """Begin lines that run up the page at their lower end, so that they are cut out lying."""
    tall = _heights(quads) > UPRIGHT_LETTER * _widths(quads)
    return np.where(tall[:, None, None], np.roll(quads, 1, axis=1), quads)


def _upside_down(image: Image, quads: Quads) -> tuple[int, dict[int, _Recognised]]:
    """Return 180 where the page stands on its head, and what was recognised on the way otherwise."""
    # Lines of middling length say most: short ones are numbers, which read both ways.
    order = np.argsort(-np.minimum(_widths(quads) / np.maximum(_heights(quads), 1), 12.0), kind="stable")
    sample = [int(index) for index in order[:SAMPLE_LINES]]
    crops = [_crop(image, quads[index]) for index in sample]
    upright = _recognise_crops(crops)
    if _mean(upright) >= SURE:
        return 0, dict(zip(sample, upright, strict=True))
    turned = _recognise_crops([np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops])
    if _mean(turned) > _mean(upright):
        return 180, {}
    return 0, dict(zip(sample, upright, strict=True))


def _mean(lines: Sequence[_Recognised]) -> float:
    letters = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / max(1, letters)


def _slope(quads: Quads) -> float:
    """Return the tangent of the angle at which lines run, from the long ones."""
    widths, heights = _widths(quads), _heights(quads)
    long = quads[(widths >= 4 * heights) & (widths > 0)]
    if not len(long):
        return 0.0
    across = long[:, 1] - long[:, 0]
    slope = float(np.median(across[:, 1] / np.maximum(across[:, 0], 1)))
    # Below a fifth of a degree it is the rounding of the corners.
    return slope if abs(slope) >= math.tan(math.radians(0.2)) else 0.0


def _crop(image: Image, quad: NDArray[np.float32]) -> Image:
    """Return the line cut out, with a rim, and laid flat."""
    quad = _padded(quad)
    if _is_level(quad):
        x0, y0 = np.maximum(np.round(quad[0]), 0).astype(int)
        x1, y1 = np.round(quad[2]).astype(int)
        straight = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        if straight.size:
            return straight
    width = max(1, round(float(np.linalg.norm(quad[1] - quad[0]))))
    height = max(1, round(float(np.linalg.norm(quad[3] - quad[0]))))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # From its surroundings only: the cost of a warp grows with the image it is taken from.
    corner = np.maximum(np.floor(quad.min(axis=0)) - 2, 0).astype(int)
    opposite = np.ceil(quad.max(axis=0)).astype(int) + 3
    around = np.ascontiguousarray(image[corner[1] : opposite[1], corner[0] : opposite[0]])
    if not around.size:
        return np.full((height, width, 3), 255, np.uint8)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(quad - corner, np.float32), flat)
    crop = cv2.warpPerspective(
        around, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_LINEAR
    )
    return np.asarray(crop, dtype=np.uint8)


def _is_level(quad: NDArray[np.float32]) -> bool:
    """Whether the corners are those of an upright rectangle, but for a pixel and a half."""
    top, right, bottom, left = np.abs(np.roll(quad, -1, axis=0) - quad)
    slanted = max(top[1], bottom[1], left[0], right[0]) > LEVEL
    return not slanted and bool(quad[1][0] > quad[0][0] and quad[3][1] > quad[0][1])


def _padded(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    rim = RIM * (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    return np.stack([quad[0] - rim, quad[1] - rim, quad[2] + rim, quad[3] + rim]).astype(np.float32)


def _recognise(image: Image, quads: Quads, known: dict[int, _Recognised]) -> list[_Recognised]:
    missing = [index for index in range(len(quads)) if index not in known]
    found = _recognise_crops([_crop(image, quads[index]) for index in missing])
    lines = known | dict(zip(missing, found, strict=True))
    return [lines[index] for index in range(len(quads))]


def _recognise_crops(crops: list[Image]) -> list[_Recognised]:
    if not crops:
        return []
    out: Any = _engine().recogniser(TextRecInput(img=crops, return_word_box=True))
    return [
        _Recognised(text, float(score), columns, columns.confs if columns else ())
        for text, score, columns in zip(out.txts, out.scores, out.word_results, strict=True)
    ]


def _contrast(image: Image, quads: Quads) -> float:
    """Return the median distance between ink and paper in the lines, 0..1."""
    found = []
    for quad in quads[:: max(1, len(quads) // 40)]:
        x0, y0 = np.maximum(quad.min(axis=0), 0).astype(int)
        x1, y1 = quad.max(axis=0).astype(int) + 1
        part = image[y0:y1, x0:x1]
        if part.size:
            dark, bright = np.percentile(part.mean(axis=2), (5, 95))
            found.append(float(bright - dark) / 255)
    return round(float(np.median(found)), 3) if found else 0.0


def _resized(image: Image, scale: float) -> Image:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
