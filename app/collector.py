"""Tuning the interpreter for a process that runs agents, or serves reviews."""

from __future__ import annotations

import gc
import sys

YOUNG = 100_000
"""New objects that are still there between two looks at the young: some twenty layouts in hand, 15 MB."""
YOUNG_WHERE_PEOPLE_WAIT = 10_000
"""Looking at as many takes 6 ms; at `YOUNG`, forty, in which nobody is answered."""
SELDOM = 1_000
"""After so many looks at the young, those that stayed are looked at: what is kept of documents, 150 ms."""
TURN_SECONDS = 0.0005
"""A thread that waits for the interpreter takes it away from another after so long, not after 5 ms."""


def calm_collector(young: int = YOUNG, older: int = 20) -> None:
    """Leave what is loaded by now alone, and look at new objects less often.

    A message makes some forty objects that live until it is done and then go by themselves, a document's
    layout thousands. Looking at them again and again took a quarter of the worker loop's CPU, and a tenth of
    what extraction takes for a document.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, older, 20)


def answer_promptly() -> None:
    """Calm the collector where people wait for answers, each of which takes many short turns of threads."""
    calm_collector(YOUNG_WHERE_PEOPLE_WAIT, SELDOM)
    sys.setswitchinterval(TURN_SECONDS)
