"""Tuning the garbage collector for a process that runs agents."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""New objects between two looks at the young; by default every few messages cause one."""


def calm_collector() -> None:
    """Leave what is loaded by now alone, and look at new objects less often.

    A message makes some forty objects that live until it is done and then go by themselves. Looking at
    them again and again took a quarter of the worker loop's CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
