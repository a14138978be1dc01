"""How well logs are digitised: mean absolute curve error on 200 generated logs that nobody developed on.

python -m benchmarks.well_logs                 the shipped digitiser, words as OCR reads them
python -m benchmarks.well_logs --words truth   the same with the words as they were printed
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import doctypes
from inference.digitiser.digitise import Digitised, Digitiser, digitise
from inference.digitiser.file import load_digitiser
from inference.digitiser.training import TARGET
from pages.limits import ReadLimits
from pages.reader import PageReader, ReadDocument
from samples.logs.log import HELD_OUT, TEMPLATES, Log, make
from samples.logs.words import page_of
from samples.sample import source
from schemas.layout import Page

SEED = 20_261_122
"""Of the logs that are measured; development and training use other ones."""
COUNT = 200
DPI = 72
SHIPPED = Path(doctypes.__file__).parent / "well_log" / "digitiser"


@dataclass(frozen=True, slots=True)
class Measured:
    """How one log was digitised.

    Attributes:
        errors: Mean absolute error of each curve in track widths, 1.0 for one that was not found; the
            depths of both are the log's own, so that a misread depth counts as well.
        overlap: Intersection over union of each curve's mask.
        scales: Whether depth range and edge values were read right.
    """

    key: str
    layout: str
    errors: tuple[float, float]
    confidences: tuple[float, float]
    overlap: tuple[float, float]
    scales: bool
    seconds: float


def logs(count: int, seed: int, templates: tuple[str, ...] = TEMPLATES) -> Iterator[tuple[str, Log]]:
    """Yield generated logs, the layouts in turn; equal arguments give equal logs."""
    for number in range(count):
        template = templates[number % len(templates)]
        yield f"log-{seed}-{number:04d}", make(source(seed, "bench", number), template)


def compare(key: str, log: Log, found: Digitised, seconds: float) -> Measured:
    """Return what was found of a log beside its truth."""
    errors, confidences, overlap = [], [], []
    truth = np.asarray(log.mask)
    for place in (0, 1):
        missing = place >= len(found.curves)
        errors.append(1.0 if missing else error_of(log, found, place))
        confidences.append(0.0 if missing else found.curves[place].confidence)
        overlap.append(_overlap(truth == place + 1, found.mask == place + 1))
    return Measured(
        key,
        log.plan.layout,
        (errors[0], errors[1]),
        (confidences[0], confidences[1]),
        (overlap[0], overlap[1]),
        _scales(log, found),
        seconds,
    )


def error_of(log: Log, found: Digitised, place: int) -> float:
    """Return the mean absolute error of a curve at the depths of its truth, in track widths."""
    depths, curve = found.upright.depths, found.curves[place]
    if depths is None or not depths.bottom > depths.top:
        return 1.0
    wanted = np.linspace(*log.plan.depths, len(curve.across))
    ours = np.linspace(depths.top, depths.bottom, len(curve.across))
    return float(np.abs(np.interp(wanted, ours, curve.across) - log.across(place)).mean())


def _scales(log: Log, found: Digitised) -> bool:
    depths = found.upright.depths
    if depths is None or (depths.top, depths.bottom) != log.plan.depths:
        return False
    for curve, drawn in zip(found.curves, log.plan.curves, strict=False):
        entry = curve.entry
        if entry is None or entry.left is None or entry.right is None or entry.name is None:
            return False
        read = (float(entry.left.value), float(entry.right.value), entry.name.value)
        if read != (drawn.quantity.left, drawn.quantity.right, drawn.quantity.name):
            return False
    return len(found.curves) == 2


def _overlap(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    if truth.shape != found.shape:
        return 0.0
    union = int((truth | found).sum())
    return int((truth & found).sum()) / union if union else 1.0


async def _measure(digitiser: Digitiser, options: argparse.Namespace) -> list[Measured]:
    done = []
    async with PageReader(ReadLimits(), workers=1) as reader:
        for key, log in logs(options.count, options.seed):
            png, page = (log.png(), page_of(log)) if options.words == "truth" else await _read(reader, log)
            started = time.process_time()
            found = digitise(png, page, digitiser)
            done.append(compare(key, log, found, time.process_time() - started))
    return done


async def _read(reader: PageReader, log: Log) -> tuple[bytes, Page]:
    found = await reader.read(log.data)
    if not isinstance(found, ReadDocument):
        raise SystemExit(f"a generated log was refused: {found}")
    page = found.layout.pages[0]
    return await reader.render(log.data, 1, DPI, page.rotation), page


def figures(done: list[Measured]) -> dict[str, object]:
    """Return the figures of a run."""
    errors = np.array([one.errors for one in done]).ravel()
    sure = np.array([one.confidences for one in done]).ravel()
    held = np.array([one.errors for one in done if one.layout in HELD_OUT]).ravel()
    return {
        "logs": len(done),
        "mean_error": round(float(errors.mean()), 5),
        "mean_error_held_out_layouts": round(float(held.mean()), 5) if len(held) else None,
        "median_error": round(float(np.median(errors)), 5),
        "p95_error": round(float(np.percentile(errors, 95)), 5),
        "right_share": round(float((errors <= TARGET).mean()), 4),
        "logs_with_both_right": sum(max(one.errors) <= TARGET for one in done),
        "scales_right": round(float(np.mean([one.scales for one in done])), 4),
        "mask_overlap": round(float(np.mean([one.overlap for one in done])), 4),
        "wrong_above_0.9": [int(((sure >= 0.9) & (errors > TARGET)).sum()), int((sure >= 0.9).sum())],
        "cpu_seconds_a_log": round(float(np.median([one.seconds for one in done])), 3),
        "layouts": dict(Counter(one.layout for one in done)),
    }


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.well_logs", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--words", choices=("ocr", "truth"), default="ocr")
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--worst", type=int, default=0, help="also list this many of the worst logs")
    options = parser.parse_args()
    done = asyncio.run(_measure(load_digitiser(options.model.read_bytes()), options))
    for one in sorted(done, key=lambda one: -max(one.errors))[: options.worst]:
        print(json.dumps(asdict(one)))
    print(json.dumps(figures(done), indent=2))
    mean = float(np.mean([one.errors for one in done]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"mean error {mean:.5f} {'<=' if mean <= TARGET else '>'} {TARGET}; peak memory {peak} MB")


if __name__ == "__main__":
    main()
