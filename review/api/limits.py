"""How often somebody may ask, and how often a password may be guessed; in memory, per process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from review.api.problems import ProblemError

_KNOWN = 10_000


class Guesses:
    """Passwords that may be guessed: few under one name, many from one address, which may be everybody's.

    Behind a proxy all come from its address: what is guessed under other names must not lock anybody out.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._addresses = Buckets(burst=100, per_second=5, clock=clock)
        self._names = Buckets(burst=5, per_second=1 / 30, clock=clock)

    def take(self, name: str, address: str) -> None:
        """Take one guess; where one of both refuses, neither has lost any.

        Raises:
            ProblemError: None is left.
        """
        self._addresses.take(address)
        try:
            self._names.take(name)
        except ProblemError:
            self._addresses.give_back(address)
            raise

    def give_back(self, name: str, address: str) -> None:
        """Put one back: it was no guess."""
        self._addresses.give_back(address)
        self._names.give_back(name)


class Buckets:
    """Token buckets by key: so many at once, so many a second after that.

    Args:
        burst: How many at once.
        per_second: How quickly they come back.
        clock: Monotonic seconds.
    """

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._rate = per_second
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one.

        Raises:
            ProblemError: None is left; 429 with when to come back.
        """
        level = self._level(key)
        if level < 1:
            wait = max(1, round((1 - level) / self._rate))
            raise ProblemError(
                429, "too_many", f"too many requests; come back in {wait} s", {"Retry-After": str(wait)}
            )
        self._set(key, level - 1)

    def give_back(self, key: str) -> None:
        """Put one back: what was taken did no harm."""
        self._set(key, min(self._burst, self._level(key) + 1))

    def _level(self, key: str) -> float:
        now = self._clock()
        level, at = self._levels.get(key, (self._burst, now))
        return min(self._burst, level + (now - at) * self._rate)

    def _set(self, key: str, level: float) -> None:
        self._levels[key] = (level, self._clock())
        self._levels.move_to_end(key)
        while len(self._levels) > _KNOWN:
            self._levels.popitem(last=False)
