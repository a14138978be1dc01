"""How sure a rate is that was counted on a sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``cases``, with the 95 % interval that Clopper and Pearson give.

    Attributes:
        low: Lower end, 0..1.
        high: Upper end, 0..1.
    """

    hits: int
    cases: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 where there is no case."""
        return self.hits / self.cases if self.cases else 0.0

    def words(self) -> str:
        """Return ``3 of 200 (1.5 %, 0.3–4.3 %)``."""
        return (
            f"{self.hits} of {self.cases} "
            f"({100 * self.value:.1f} %, {100 * self.low:.1f}–{100 * self.high:.1f} %)"
        )


def rate(hits: int, cases: int, *, level: float = 0.95) -> Rate:
    """Return ``hits`` of ``cases`` with its exact interval; without a case anything is possible."""
    from inference.learned.certify import upper_bound

    side = (1 + level) / 2
    return Rate(hits, cases, 1 - upper_bound(cases - hits, cases, side), upper_bound(hits, cases, side))
