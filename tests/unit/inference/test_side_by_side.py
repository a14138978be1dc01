"""Fits run side by side and come in their order."""

from __future__ import annotations

import threading

import pytest

from inference.learned.side_by_side import cores, side_by_side
from tests.contract.bus.support import CEILING


def test_what_is_made_comes_in_the_order_of_what_it_is_made_of() -> None:
    second = threading.Event()

    def work(number: int) -> int:
        if number == 2:
            second.set()
        elif cores() > 1:
            assert second.wait(CEILING), "nothing ran beside the first"
        return number * 10

    assert list(side_by_side(work, [1, 2])) == [10, 20]


def test_what_goes_wrong_first_is_raised() -> None:
    def work(number: int) -> int:
        raise ValueError(f"number {number}")

    with pytest.raises(ValueError, match="number 0"):
        list(side_by_side(work, range(10)))
