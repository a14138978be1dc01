"""The digitiser's steps, each on something small that is known: angle, depths, paths, files, doubt."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from doctypes.folder import ROOT
from inference.digitiser.answer import scaled
from inference.digitiser.depths import depths_of
from inference.digitiser.detecting import LEAST_LABELS, may_be_log, weighed
from inference.digitiser.digitise import digitise
from inference.digitiser.file import load_digitiser
from inference.digitiser.frame import Track, find_tracks
from inference.digitiser.picture import Turn
from inference.digitiser.straightening import skew_of
from inference.digitiser.tracing import Path, trace, without
from inference.digitiser.unwrapping import unwrapped
from inference.digitiser.words import Said
from inference.learned.variant import BrokenVariantError
from schemas.layout import Box, Line, Page, TextSource, Word

TRACK = Track(100, 400, 200, 800)
SHIPPED = (ROOT / "well_log" / "digitiser").read_bytes()


def page(*texts: tuple[str, float, float]) -> Page:
    lines = []
    for number, (text, x, y) in enumerate(texts, start=1):
        box = Box(x0=x, y0=y, x1=x + 0.05, y1=y + 0.01)
        words = (Word(start=0, end=len(text), box=box),)
        lines.append(Line(id=f"1.{number}", text=text, box=box, words=words, source=TextSource.OCR))
    return Page(number=1, width=600, height=1000, lines=tuple(lines))


def said(text: str, y: float, x: float = 60.0) -> Said:
    return Said(text, "1.1", 1.0, x - 20, y - 8, x + 20, y + 8)


def labels(*, wrong: bool = False) -> list[Said]:
    found = [said(str(1000 + 10 * place), 200 + 100 * place) for place in range(7)]
    return [*found, said("7777", 450)] if wrong else found


def test_the_angle_of_a_ruled_page_is_found() -> None:
    ruled = np.full((900, 600, 3), 255, dtype=np.uint8)
    ruled[100:800:25, 80:520] = 120
    ruled[100:800, 80:520:40] = 120
    crooked = Turn(600, 900, -1.3).upright(ruled)

    assert skew_of(np.float32(255) - crooked[:, :, 0]) == pytest.approx(1.3, abs=0.06)


def test_a_place_turned_and_turned_back_is_where_it_was() -> None:
    turn = Turn(600, 900, 1.7)

    assert turn.back(*turn.place(123.0, 456.0)) == pytest.approx((123.0, 456.0))


def test_depths_follow_the_labels_that_stand_on_one_line_and_not_the_one_that_does_not() -> None:
    header = [said("DEPTH: 1000 - 1060 M", 40)]

    found = depths_of(header, labels(wrong=True), [TRACK])

    assert found is not None
    assert (found.top, found.bottom) == (1000.0, 1060.0)
    assert found.confidence > 0.95
    assert found.scale is not None
    assert found.scale.labels == (7, 8)


def test_a_header_that_contradicts_the_labels_is_doubtful() -> None:
    found = depths_of([said("DEPTH: 1000 - 1600 M", 40)], labels(), [TRACK])

    assert found is not None
    assert found.confidence <= 0.2


def test_a_frame_and_a_stroke_without_depths_are_no_log_whatever_else_is_ruled() -> None:
    assert weighed(on_line=0, labels=0, curves=1) == 0.0
    assert weighed(on_line=LEAST_LABELS - 1, labels=LEAST_LABELS, curves=2) == 0.0
    assert weighed(on_line=8, labels=8, curves=2) == 1.0
    assert 0.5 < weighed(on_line=6, labels=8, curves=1) < 1.0


def test_without_header_and_labels_no_depth_is_known() -> None:
    assert depths_of([], labels()[:2], [TRACK]) is None


def test_a_curve_that_leaves_on_the_right_and_comes_in_on_the_left_is_one() -> None:
    rows, width = 200, 60
    truth = 30 + 45 * np.exp(-(((np.arange(rows) - 100) / 25) ** 2))
    score = np.zeros((rows, width), dtype=np.float32)
    score[np.arange(rows), np.rint(truth).astype(int) % width] = 1.0

    path = trace(score)

    assert np.abs(path.across - truth).max() <= 2.0
    assert path.covered.all()


def test_a_gap_is_bridged_by_a_straight_line_and_told() -> None:
    score = np.zeros((200, 80), dtype=np.float32)
    score[:, 40] = 1.0
    score[80:130] = 0.0

    path = trace(score)

    assert np.abs(path.across - 40).max() <= 1.0
    assert not path.covered[100]
    assert path.covered[:70].all()


def test_the_second_curve_is_found_where_the_first_is_taken_out() -> None:
    score = np.zeros((150, 90), dtype=np.float32)
    score[:, 20] = 1.0
    score[::2, 70] = 1.0

    first = trace(score)
    second = trace(without(score, first, 4.0))

    assert round(float(np.median(first.across))) == 20
    assert round(float(np.median(second.across))) == 70


def path_of(across: np.ndarray[Any, Any], inked: np.ndarray[Any, Any] | None = None) -> Path:
    own = np.ones(len(across), dtype=np.bool_) if inked is None else inked
    return Path(across, own, np.ones(len(across), dtype=np.bool_))


def test_two_curves_that_were_taken_for_each_other_around_the_edge_come_back_onto_their_track() -> None:
    rows, width = 1000, 500
    one, other = np.full(rows, 400.0), np.full(rows, 80.0)
    one[200:240] = 580.0  # leaves on the right, and meets the other where it comes in on the left
    one[220:], other[220:] = other[220:] + width, one[220:] - width

    found = unwrapped((path_of(one), path_of(other)), width)

    assert np.allclose(found[0].across[220:], 80.0)
    assert np.allclose(found[1].across[240:], 400.0)
    assert np.allclose(found[0].across[:200], 400.0)


def test_a_curve_that_leaves_its_track_and_comes_back_keeps_its_turn() -> None:
    rows, width = 1000, 500
    one = np.full(rows, 400.0)
    one[300:420] = 530.0
    inked = np.arange(rows) % 10 < 6  # dashed

    (alone,) = unwrapped((path_of(one, inked),), width)
    first, second = unwrapped((path_of(one, inked), path_of(np.full(rows, 30.0))), width)

    assert np.array_equal(alone.across, one)
    assert np.array_equal(first.across, one)
    assert np.array_equal(second.across, np.full(rows, 30.0))


def test_a_curve_that_never_comes_back_through_the_edge_where_it_has_no_ink_is_on_its_track_again() -> None:
    rows, width = 1000, 500
    one = np.full(rows, 420.0)
    one[400:] += width
    inked = np.ones(rows, dtype=np.bool_)
    inked[398:403] = False

    (found,) = unwrapped((path_of(one, inked),), width)

    assert np.allclose(found.across, 420.0)


def test_a_track_whose_fine_lines_are_gone_here_and_there_is_one_track() -> None:
    dark = np.zeros((900, 700), dtype=np.float32)
    dark[100:801, [80, 600]] = 1.0
    dark[100:801:70, 80:601] = 1.0
    for row in range(100, 800, 14):
        for left in (80, 220, 360, 500):
            dark[row, left : left + 100] = np.maximum(dark[row, left : left + 100], 0.9)

    (track,) = find_tracks(dark)

    assert (abs(track.x0 - 80) <= 2, abs(track.x1 - 600) <= 2) == (True, True)


def test_a_blank_page_has_no_curves_and_a_blank_mask_of_its_own_shape() -> None:
    out = io.BytesIO()
    Image.new("RGB", (240, 320), "white").save(out, "PNG")

    found = digitise(out.getvalue(), page(), load_digitiser(SHIPPED))

    assert found.curves == ()
    assert found.mask.shape == (320, 240)
    assert not found.mask.any()


def test_only_numbers_that_grow_evenly_down_a_column_make_a_page_worth_a_look() -> None:
    depths = [(str(400 + 20 * place), 0.1, 0.2 + 0.1 * place) for place in range(6)]
    prices = [
        (price, 0.8, 0.2 + 0.1 * place) for place, price in enumerate(("9.90", "1.20", "44.00", "3.10"))
    ]

    assert may_be_log(page(*depths))
    assert not may_be_log(page(*prices))
    assert not may_be_log(page(*depths, *(("word", 0.5, 0.001 * place) for place in range(400))))


def test_values_follow_from_the_edges_and_a_scale_without_two_ends_gives_none() -> None:
    rows = scaled([0.5] * 300, (100.0, 200.0), (0.45, -0.15))

    assert rows is not None
    assert (rows[0][0], rows[-1][0]) == (100.0, 200.0)
    assert rows[0][1] == pytest.approx(0.15)
    assert scaled([0.5] * 300, (100.0, 200.0), (5.0, 5.0)) is None
    assert scaled([0.5] * 300, (200.0, 100.0), (0.0, 1.0)) is None


def test_a_digitiser_that_was_cut_off_is_refused_by_name() -> None:
    with pytest.raises(BrokenVariantError, match="digest"):
        load_digitiser(SHIPPED[:-7])
