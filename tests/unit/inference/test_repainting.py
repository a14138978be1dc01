"""A corrected curve's mask: painted anew where it was moved, as the digitiser left it elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from inference.digitiser.repainting import placed, repainted
from schemas.digitised import ROWS, DigitisedCurve, DigitisedLog
from store.log_files import NO_FILE

TOP, BOTTOM, LEFT, RIGHT = 40, 340, 20, 220


def log_of(*across: float, skew: float = 0.0) -> DigitisedLog:
    curves = tuple(
        DigitisedCurve(
            name=f"curve_{number}",
            file=None,
            across=(one,) * ROWS,
            coverage=1.0,
            confidence=1.0,
            track=(LEFT, RIGHT),
        )
        for number, one in enumerate(across, start=1)
    )
    return DigitisedLog(
        document_id="d" * 64,
        page=1,
        width=260,
        height=380,
        skew=skew,
        rows=(TOP, BOTTOM),
        depths=("100", "400"),
        mask=NO_FILE,
        curves=curves,
        model="m" * 64,
    )


def painted(*columns: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    classes = np.zeros((380, 260), dtype=np.uint8)
    for number, column in enumerate(columns, start=1):
        classes[TOP:BOTTOM, column - 1 : column + 2] = number
    return classes


def test_rows_that_moved_are_painted_where_they_are_now_and_others_stay() -> None:
    across = np.full(ROWS, 0.25)
    across[100:200] = 0.5

    found = repainted(painted(70, 180), log_of(0.25, 0.8), {"curve_1": across})

    assert set(np.flatnonzero(found[TOP + 150] == 1)) == {119, 120}
    assert np.array_equal(found[: TOP + 95], painted(70, 180)[: TOP + 95])
    assert np.array_equal(found[TOP + 205 :], painted(70, 180)[TOP + 205 :])
    assert np.array_equal(found == 2, painted(70, 180) == 2)


def test_a_curve_drawn_around_the_edge_is_painted_as_it_is_printed() -> None:
    found = repainted(painted(70), log_of(0.25), {"curve_1": np.full(ROWS, 1.1)})

    assert set(np.flatnonzero(found[TOP + 150])) == {39, 40}


def test_curves_that_stand_where_they_stood_leave_a_crooked_mask_to_the_byte() -> None:
    classes = painted(70, 180)

    found = repainted(classes, log_of(0.25, 0.8, skew=1.3), {"curve_1": np.full(ROWS, 0.2505)})

    assert np.array_equal(found, classes)


def test_rows_that_are_not_evenly_deep_run_where_their_depths_are() -> None:
    depths = np.concatenate((np.linspace(100, 200, 250), np.linspace(201, 400, 50)))
    rows = [(float(depth), float(depth) * 10) for depth in depths]

    across = placed(rows, (100.0, 400.0), (1000.0, 4000.0))

    assert across == pytest.approx(np.linspace(0, 1, ROWS), abs=1e-6)
