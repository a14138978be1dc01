"""Two black curves in one track, one solid and one dashed: each is followed by how it is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from inference.digitiser.frame import find_tracks
from inference.digitiser.legend import Stroke
from inference.digitiser.parting import parted
from inference.digitiser.picture import Floats
from inference.digitiser.tracing import Path, trace
from inference.digitiser.trust import signs_of
from inference.digitiser.unwrapping import unwrapped

ROWS, WIDTH = 400, 240
SOLID = Stroke((1.0, 1.0, 1.0), dashed=False, length=200.0)
DASHED = Stroke((1.0, 1.0, 1.0), dashed=True, length=10.0)
Across = np.ndarray[Any, Any]


def inked(across: Across, drawn: Across) -> Floats:
    """Return a track with three columns of ink along a line, in the rows that are drawn."""
    score = np.zeros((ROWS, WIDTH), dtype=np.float32)
    for row in np.flatnonzero(drawn):
        before = across[row - 1] if row else across[row]
        low, high = sorted((round(before), round(across[row])))
        score[row, max(low - 1, 0) : high + 2] = 1.0
    return score


def picture(score: Floats) -> Floats:
    return np.repeat(score[:, :, None], 3, axis=2)


def dashes() -> Across:
    return np.arange(ROWS) % 16 < 10


def test_a_solid_curve_with_a_gap_does_not_go_over_to_the_dashed_one_beside_it() -> None:
    drawn = np.ones(ROWS, dtype=np.bool_)
    drawn[150:176] = False
    solid, dashed = np.full(ROWS, 60.0), np.full(ROWS, 90.0)
    curves = np.maximum(inked(solid, drawn), inked(dashed, dashes()))

    first, second = parted(curves, picture(curves), [SOLID, DASHED])

    assert np.abs(first.across - solid).max() <= 1.0
    assert np.abs(second.across - dashed).max() <= 1.0
    assert not first.covered[163]


def test_two_black_curves_that_meet_and_part_are_not_taken_for_each_other() -> None:
    at = np.arange(ROWS, dtype=np.float64)
    solid = 100 + 55 * np.sin(at / 40)
    dashed = 110 - 55 * np.sin(at / 40)
    whole = np.ones(ROWS, dtype=np.bool_)
    curves = np.maximum(inked(solid, whole), inked(dashed, dashes()))

    second, first = parted(curves, picture(curves), [DASHED, SOLID])

    assert np.abs(first.across - solid).mean() <= 1.5
    assert np.abs(second.across - dashed).mean() <= 2.5
    assert min(first.own_style, second.own_style) > 0.7


def test_a_curve_that_is_not_drawn_as_its_legend_says_shows_it() -> None:
    whole = np.ones(ROWS, dtype=np.bool_)
    curves = np.maximum(inked(np.full(ROWS, 60.0), whole), inked(np.full(ROWS, 180.0), whole))

    first, second = parted(curves, picture(curves), [SOLID, DASHED])

    assert first.own_style > 0.9
    assert second.own_style < 0.1
    assert signs_of(second, curves, first, None, None)["own_style"] < 0.1


def test_a_path_that_leaps_over_bare_paper_shows_it_and_one_along_flat_ink_does_not() -> None:
    step = np.where(np.arange(ROWS) < 200, 40.0, 160.0)
    whole = np.ones(ROWS, dtype=np.bool_)
    flat, torn = inked(step, whole), inked(step, whole)
    torn[200, 45:155] = 0.0

    along, over = (signs_of(trace(one), one, None, None, None)["over_paper"] for one in (flat, torn))

    assert along == 0.0
    assert over > 1.0


def test_a_dashed_curve_is_followed_along_flat_strokes_around_the_edge_and_back() -> None:
    lobe = np.clip((np.abs(np.arange(ROWS) - 200) - 30) / 12, 0.0, 1.0)
    across = 180.0 + 200.0 * (1.0 - lobe)
    score = np.zeros((ROWS, WIDTH), dtype=np.float32)
    gone = np.concatenate(([0.0], np.cumsum(np.hypot(1.0, np.diff(across)))))
    for along in np.arange(0.0, gone[-1], 0.5):
        row = int(np.searchsorted(gone, along, side="right")) - 1
        if along % 16 < 10:
            column = int(
                across[row] + (across[min(row + 1, ROWS - 1)] - across[row]) * (along - gone[row]) / 17
            )
            score[row, [(column + shift) % WIDTH for shift in (-1, 0, 1)]] = 1.0

    path = trace(score)

    assert np.abs(path.across - across)[175:225].max() <= 6.0
    assert np.abs(path.across - across)[:150].max() <= 6.0


def test_tracks_that_share_their_top_are_both_found_where_the_lines_of_one_fade_before_its_end() -> None:
    dark = np.zeros((900, 700), dtype=np.float32)
    for left, bottom in ((60, 801), (380, 700)):
        dark[100:bottom, [left, left + 70, left + 140, left + 210]] = 1.0
        dark[100:801:14, left : left + 211] = 1.0

    tracks = find_tracks(dark)

    assert len(tracks) == 2
    assert {(track.y0, track.y1) for track in tracks} == {(100, 800)}


def test_a_row_that_the_edge_swallows_is_no_place_to_lose_count_of_turns() -> None:
    rows, width = 1000, 500
    across = np.full(rows, 420.0)
    across[300:440] = 580.0  # around the right edge, and back by a gap
    across[440:] = 420.0 + width
    drawn = np.ones(rows, dtype=np.bool_)
    drawn[299:301] = False
    drawn[436:446] = False

    (found,) = unwrapped((Path(across, drawn, drawn),), width)

    assert np.allclose(found.across[310:430], 580.0)
    assert np.allclose(found.across[450:], 420.0)


def test_a_track_whose_fine_lines_faded_along_one_side_keeps_its_width() -> None:
    dark = np.zeros((900, 700), dtype=np.float32)
    dark[100:801, [80, 600]] = 1.0
    dark[100:801:14, 80:480] = 0.6
    dark[100:801:70, 80:601] = 1.0

    (track,) = find_tracks(dark)

    assert (abs(track.x0 - 80) <= 2, abs(track.x1 - 600) <= 2) == (True, True)
