"""A bet on discordant pairs that may be looked at after every one of them; pure.

Where two variants read a document differently and a person says that one of them is right, the pair is a
coin: if neither is better, each wins with probability one half at most, whatever came before. Whoever bets
against that has a wealth that is expected not to grow, so by Ville's inequality it ever reaches 1/alpha with
probability alpha at most: the test may be asked after every pair and stopped at any of them. The stake on
the next pair is what the pairs before it suggest (Krichevsky and Trofimov's estimate, staked as Kelly does).

Sources: I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86
(2024) 1-27; G. Shafer, "Testing by betting", JRSS A 184 (2021) 407-431; J. Ville, "Étude critique de la
notion de collectif" (1939).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
DECIDES = 1 / ALPHA
"""Wealth at which it is said."""


def wealth(won: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the wealth of who bets that a side wins more than half, after each pair.

    Args:
        won: Whether that side won, in the order in which it became known; the last axis is the pairs.
    """
    hits = won.astype(np.float64)
    before = np.cumsum(hits, axis=-1) - hits
    pairs = np.arange(won.shape[-1])
    stake = np.maximum(0.0, 2 * (before + 0.5) / (pairs + 1) - 1)
    found: NDArray[np.float64] = np.exp(np.cumsum(np.log1p(stake * (2 * hits - 1)), axis=-1))
    return found


def decided_after(won: NDArray[np.bool_]) -> int | None:
    """Return after how many pairs it was said that the side wins more than half; None: not so far."""
    over = np.flatnonzero(wealth(won) >= DECIDES)
    return int(over[0]) + 1 if len(over) else None


def richest(won: Sequence[bool]) -> float:
    """Return the most that the bet was ever worth; 1 before the first pair."""
    return max(1.0, float(wealth(np.asarray(won, dtype=bool)).max())) if won else 1.0
