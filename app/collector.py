"""Tuning the garbage collector for a process that runs agents, or serves reviews."""

from __future__ import annotations

import gc

YOUNG = 100_000
"""New objects that are still there between two looks at the young: some twenty layouts in hand, 15 MB."""


def calm_collector() -> None:
    """Leave what is loaded by now alone, and look at new objects less often.

    A message makes some forty objects that live until it is done and then go by themselves, a document's
    layout thousands. Looking at them again and again took a quarter of the worker loop's CPU, and a tenth of
    what extraction takes for a document.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
