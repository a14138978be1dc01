"""How one company's invoices look."""

from __future__ import annotations

import random
from dataclasses import dataclass

from samples.sample import chance

_COLORS = ("#1f3a5f", "#7a1f2b", "#2d5a3d", "#333333", "#8a5a00", "#444a6d", "#0b6e6e", "#000000")


@dataclass(slots=True)
class Design:
    """How one company's invoices look."""

    head: str
    buyer: str
    data: str
    totals: str
    foot: str
    color: str
    margin: float
    logo: int
    titled_table: bool
    terms_first: bool
    apart: str = ", "

    @property
    def name(self) -> str:
        """Return what makes it the layout it is."""
        return f"{self.head}-{self.data}-{self.totals}"


def draw_design(rng: random.Random, *, held_out: bool) -> Design:
    """Return how this company's invoices look."""
    return Design(
        head="ledger" if held_out else rng.choice(("left", "right", "centre", "band", "window", "split")),
        buyer=rng.choice(("plain", "captioned", "boxed")),
        data="sentence" if held_out else rng.choice(("right", "right", "cells", "left", "form")),
        totals=rng.choice(("lines", "boxed", "wide", "bare")),
        foot=rng.choice(("columns", "line", "none", "columns")),
        color=rng.choice(_COLORS),
        margin=rng.choice((42.0, 50.0, 57.0, 64.0)),
        logo=rng.randint(0, 3),
        titled_table=chance(rng, 0.6),
        terms_first=chance(rng, 0.3),
    )
