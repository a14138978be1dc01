"""How far a traced curve may be trusted: learned from how wrong curves with such signs were."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.digitiser.depths import Depths
from inference.digitiser.legend import Entry
from inference.digitiser.picture import Floats
from inference.digitiser.tracing import Path

SIGNS = (
    "coverage", "inked", "sureness", "explained", "longest_gap", "leaps", "near_rival", "wrapped",
    "depths", "legend", "own_style", "over_paper",
)  # fmt: skip
_CLOSE = 5.0
_LEAP = 14.0
_INK = 0.4


@dataclass(frozen=True, slots=True)
class Trust:
    """A logistic model over the signs of a curve; zeros say 0.5 of everything."""

    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def of(self, signs: dict[str, float]) -> float:
        """Return the probability that a curve with such signs is right."""
        values = np.array([signs[name] for name in SIGNS], dtype=np.float64)
        logit = float(((values - self.mean) / self.spread) @ self.weights) + self.bias
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def signs_of(
    path: Path, curves: Floats, rival: Path | None, depths: Depths | None, entry: Entry | None
) -> dict[str, float]:
    """Return what speaks for and against a curve, each a number of about 0 to 1.

    Args:
        path: The curve.
        curves: How sure it is, per pixel of its track, that some curve runs there.
        rival: The other curve in the same track.
        depths: What is known of the depths.
        entry: Its legend.
    """
    width = curves.shape[1]
    rows = np.arange(len(path.across))
    columns = np.rint(path.across).astype(np.int64) % width
    sure = curves[rows, columns][path.inked]
    steps = np.abs(np.diff(path.across))
    near = np.abs((rival.across - path.across + width / 2) % width - width / 2) < _CLOSE if rival else None
    return {
        "coverage": float(path.covered.mean()),
        "inked": float(path.inked.mean()),
        "sureness": float(sure.mean()) if len(sure) else 0.0,
        "explained": _explained(curves, path, rival),
        "longest_gap": _longest(~path.covered) / len(rows),
        "leaps": float((steps > _LEAP).mean()) * 20,
        "near_rival": float(near.mean()) if near is not None else 0.0,
        "wrapped": float(((path.across < 0) | (path.across >= width)).mean()),
        "depths": depths.confidence if depths else 0.0,
        "legend": _legible(entry),
        "own_style": path.own_style,
        "over_paper": _over_paper(curves, path),
    }


def _explained(curves: Floats, path: Path, rival: Path | None) -> float:
    """Return the share of all curve ink of a track that lies along its paths."""
    width = curves.shape[1]
    columns = np.arange(width)[None, :]
    along = np.zeros(curves.shape, dtype=np.bool_)
    for one in (path, rival):
        if one is not None:
            half = 4.0 + np.abs(np.gradient(one.across)) / 2
            away = np.abs((columns - one.across[:, None] + width / 2) % width - width / 2)
            along |= away <= half[:, None]
    return float(curves[along].sum()) / max(float(curves.sum()), 1e-6)


def _over_paper(curves: Floats, path: Path) -> float:
    """Return how far a path goes across bare paper from row to row, in tenths of the track's width."""
    width = curves.shape[1]
    ink = curves > _INK
    ink[1:] |= ink[:-1]
    bare = np.concatenate((np.zeros((len(ink), 1)), np.cumsum(~np.tile(ink, 3), axis=1)), axis=1)
    turn = np.floor(path.across / width) * width
    columns = [
        np.clip(np.rint(one - turn + width), 0, 3 * width).astype(np.int64)
        for one in (np.concatenate((path.across[:1], path.across[:-1])), path.across)
    ]
    rows = np.arange(len(ink))
    gone = np.abs(bare[rows, columns[1]] - bare[rows, columns[0]])
    return float(np.maximum(gone - _CLOSE, 0.0).sum() * 10 / width)


def _longest(missing: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.astype(np.int8), [0]))))
    return int(np.max(edges[1::2] - edges[::2])) if len(edges) else 0


def _legible(entry: Entry | None) -> float:
    parts = (entry.name, entry.left, entry.right, entry.stroke) if entry else ()
    return sum(part is not None for part in parts) / 4
