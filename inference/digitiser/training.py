"""Teaching the digitiser: which ink is a curve's, then which signs a curve has that went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.digitiser.digitise import ROWS, Digitised, straightened
from inference.digitiser.picture import Classes, Floats, decode
from inference.digitiser.segmenter import NAMES, Layer, Segmenter, features_at, inked
from inference.digitiser.trust import SIGNS, Trust
from inference.learned.single_thread import single_thread
from schemas.layout import Page

TARGET = 0.01
"""Mean absolute error of a curve, in widths of its track, up to which it counts as right."""
_PIXELS = 4000
_HIDDEN = (24, 12)
_SEED = 11


@dataclass(frozen=True, slots=True)
class Lesson:
    """A log with its truth.

    Attributes:
        png: Its picture, page the words on it.
        mask: 0 for background, 1 and 2 for the curves.
        across: For each curve, ``ROWS`` fractions of the track's width.
    """

    key: str
    png: bytes
    page: Page
    mask: Classes
    across: tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Judged:
    """How one curve of a lesson came out: its signs, and its mean absolute error.

    Attributes:
        signs: None where it was not found.
        error: In widths of its track.
    """

    signs: dict[str, float] | None
    error: float


def judged(lesson: Lesson, found: Digitised) -> list[Judged]:
    """Return how each curve came out, its error in track widths; 1.0 for one that was not found."""
    told = []
    for place, truth in enumerate(lesson.across):
        if place >= len(found.curves):
            told.append(Judged(None, 1.0))
            continue
        curve = found.curves[place]
        told.append(Judged(curve.signs, float(np.abs(curve.across - truth).mean())))
    return told


def trusting(decided: Sequence[Judged]) -> Trust:
    """Return how far to trust curves with which signs; without any to learn from, one half."""
    rows = [one for one in decided if one.signs is not None]
    if not rows:
        nothing = np.zeros(len(SIGNS), dtype=np.float32)
        return Trust(nothing, nothing + 1, nothing, 0.0)
    signs = np.array([[one.signs[name] for name in SIGNS] for one in rows if one.signs])
    with single_thread():
        return _trust(signs, np.array([one.error <= TARGET for one in rows]))


def segmenter_of(lessons: Iterable[Lesson]) -> Segmenter:
    """Return a segmenter that learned from the ink of these lessons."""
    with single_thread():
        return _segmenter(lessons)


def _segmenter(lessons: Iterable[Lesson]) -> Segmenter:
    from sklearn.neural_network import MLPClassifier

    chosen: list[tuple[Floats, NDArray[np.bool_]]] = []
    random = np.random.default_rng(_SEED)
    for lesson in lessons:
        chosen += _pixels(lesson, random)
    features = np.concatenate([one for one, _ in chosen])
    curve = np.concatenate([truth for _, truth in chosen])
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-3)
    net = MLPClassifier(
        _HIDDEN, max_iter=25, batch_size=2048, learning_rate_init=3e-3, random_state=_SEED, tol=1e-5
    )
    # The sum is what matters, not whether it has settled to the last digit.
    net.n_iter_no_change = net.max_iter
    _fit(net, (features - mean) / spread, curve)
    layers = tuple(
        Layer(weights.astype(np.float32), bias.astype(np.float32))
        for weights, bias in zip(net.coefs_, net.intercepts_, strict=True)
    )
    return Segmenter(mean.astype(np.float32), spread.astype(np.float32), layers)


def _fit(net: Any, features: Floats, truth: NDArray[np.bool_]) -> None:
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(features, truth)


def _pixels(lesson: Lesson, random: np.random.Generator) -> Sequence[tuple[Floats, NDArray[np.bool_]]]:
    """Return a draw of the ink in each track, with whether it is a curve's."""
    upright = straightened(decode(lesson.png), lesson.page)
    mask = upright.turn.classes_upright(lesson.mask)
    found = []
    for track in upright.tracks:
        area = np.s_[track.y0 : track.y1, track.x0 : track.x1]
        ink, truth = upright.ink[area], mask[area] > 0
        rows, columns = inked(ink)
        drawn = random.permutation(len(rows))[:_PIXELS]
        where = (rows[drawn], columns[drawn])
        found.append((features_at(ink, where), truth[where]))
    return found


def _trust(signs: NDArray[np.float64], right: NDArray[np.bool_]) -> Trust:
    from sklearn.linear_model import LogisticRegression

    mean, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-2)
    weights, bias = np.zeros(len(SIGNS)), 3.0
    if 0 < right.sum() < len(right):
        fitted = LogisticRegression(C=0.3).fit((signs - mean) / spread, right)
        weights, bias = fitted.coef_[0], float(fitted.intercept_[0])
    return Trust(
        mean.astype(np.float32), spread.astype(np.float32), np.asarray(weights, dtype=np.float32), bias
    )


def facts_of(segmenting: int, trusting: int, seed: int) -> dict[str, Any]:
    """Return what a digitiser's file says of its training."""
    return {
        "logs": segmenting,
        "trusted_on": trusting,
        "seed": seed,
        "features": len(NAMES),
        "rows": ROWS,
        "data": "generated by samples.logs",
    }
