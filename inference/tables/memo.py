"""What is worked out once and asked for again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Answers by question. Two threads that ask at once may both work one out: equal answers, one is kept."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, question: Hashable, answer: Callable[[], T]) -> T:
        """Return what ``answer`` returned when ``question`` was asked first; nobody may change it."""
        if question not in self._known:
            self._known[question] = answer()
        found: T = self._known[question]
        return found
