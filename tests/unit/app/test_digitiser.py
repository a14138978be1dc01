"""Certifying that a page is a well log: what the detector took for one counts, right or wrong."""

from __future__ import annotations

import io

from PIL import Image

from agents.gatekeeper.logs import LEAST
from app.actions.digitiser import Sure, judge_type
from samples.logs.log import make
from samples.logs.scanning import Wear
from samples.logs.words import page_of
from samples.sample import source

CLEAN = Wear(fade=0.1, noise=3.0, blur=0.3, skew=0.0, specks=5, bilevel=False, jpeg=None)


def test_a_stranger_that_is_taken_for_a_log_is_an_error_and_one_that_is_not_decides_nothing() -> None:
    log = make(source("tests", "detector"), "single", fate=CLEAN)
    blank = io.BytesIO()
    Image.new("RGB", log.mask.size, "white").save(blank, "PNG")
    told: Sure = {}

    judge_type(told, log.png(), page_of(log), is_log=True)
    judge_type(told, log.png(), page_of(log), is_log=False)
    judge_type(told, blank.getvalue(), page_of(log), is_log=False)

    (first, right), (second, wrong) = told["doc_type"]
    assert first == second >= LEAST
    assert (right, wrong) == (True, False)
