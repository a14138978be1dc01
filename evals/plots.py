"""Plots as SVG text; pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from evals.scoring.intervals import Floats, Rate

_WIDE, _HIGH, _LEFT, _LOW = 340, 240, 46, 34
_LINE = "#2563a8"
_GREY = "#8a94a0"
_POINTS = 200
_ROW, _NAMES = 20, 190


def curve(x: Floats, y: Floats, across: str, up: str) -> str:
    """Return a curve of ``y`` over ``x``, both 0..1; the vertical axis ends at the largest value."""
    most = max(0.01, float(np.max(y)))
    if len(x) > _POINTS:
        kept = np.unique(np.linspace(0, len(x) - 1, _POINTS).astype(int))
        x, y = x[kept], y[kept]
    points = " ".join(f"{_x(a):.1f},{_y(b / most):.1f}" for a, b in zip(x, y, strict=True))
    line = f'<polyline fill="none" stroke="{_LINE}" stroke-width="2" points="{points}"/>'
    return _frame(line, across, up, most)


def dots(bins: Sequence[tuple[float, float, int]]) -> str:
    """Return accuracy by confidence, with the line that a calibrated model lies on."""
    most = max((count for _, _, count in bins), default=1)
    ideal = (
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="{_GREY}" stroke-dasharray="4 3"/>'
    )
    drawn = "".join(
        f'<circle cx="{_x(sure):.1f}" cy="{_y(right):.1f}" r="{3 + 5 * (count / most) ** 0.5:.1f}" '
        f'fill="{_LINE}" fill-opacity="0.7"><title>{count} fields</title></circle>'
        for sure, right, count in bins
    )
    return _frame(ideal + drawn, "mean confidence", "share that is right", 1.0)


def bars(rates: Sequence[tuple[str, Rate]]) -> str:
    """Return one line per field: its share and its interval, from 0 to 100 %."""
    height = _ROW * len(rates) + _LOW
    drawn = []
    for place, (name, rate) in enumerate(rates):
        y = _ROW * place + _ROW / 2
        at, low, high = (_NAMES + 300 * share for share in (rate.value or 0.0, rate.low, rate.high))
        drawn.append(
            f'<text x="{_NAMES - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{_LINE}" stroke-width="3"/>'
            f'<circle cx="{at:.1f}" cy="{y}" r="4" fill="{_LINE}"/>'
        )
    ticks = "".join(
        f'<line x1="{_NAMES + 300 * t}" x2="{_NAMES + 300 * t}" y1="0" y2="{height - _LOW}" stroke="{_GREY}" '
        f'stroke-opacity="0.4"/>'
        f'<text x="{_NAMES + 300 * t}" y="{height - 12}" text-anchor="middle">{t:.0%}</text>'
        for t in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return _svg(_NAMES + 330, height, ticks + "".join(drawn))


def _x(share: float) -> float:
    return _LEFT + share * (_WIDE - _LEFT - 10)


def _y(share: float) -> float:
    return _HIGH - _LOW - share * (_HIGH - _LOW - 10)


def _frame(inside: str, across: str, up: str, most: float) -> str:
    axes = (
        f'<path d="M{_LEFT} 10V{_HIGH - _LOW}H{_WIDE - 10}" fill="none" stroke="{_GREY}"/>'
        f'<text x="{_LEFT - 6}" y="{_y(1) + 4}" text-anchor="end">{most:.0%}</text>'
        f'<text x="{_LEFT - 6}" y="{_y(0) + 4}" text-anchor="end">0</text>'
        f'<text x="{_x(1)}" y="{_HIGH - 18}" text-anchor="end">100%</text>'
        f'<text x="{(_LEFT + _WIDE) / 2}" y="{_HIGH - 4}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="12" y="{_HIGH / 2}" transform="rotate(-90 12 {_HIGH / 2})" text-anchor="middle">'
        f"{escape(up)}</text>"
    )
    return _svg(_WIDE, _HIGH, axes + inside)


def _svg(width: float, height: float, inside: str) -> str:
    return f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inside}</svg>'
