"""What becomes of the labelled originals, told to people and to programs."""

from __future__ import annotations

import json
from collections import Counter

from benchmarks.originals import Tally, as_json, report

TALLY = Tally("kleister-nda", files=3, ends=Counter({"accepted": 2, "to review": 1}), types=3, judged=[20, 1])


def test_figures_as_json_say_how_many_came_to_which_end() -> None:
    (told,) = json.loads(as_json([TALLY]))

    assert told["ends"] == {"accepted": 2, "to review": 1}
    assert (told["name"], told["judged"]) == ("kleister-nda", [20, 1])


def test_the_report_names_each_set_and_what_all_of_them_show() -> None:
    first, *_, last = report([TALLY])

    assert first == "kleister-nda: 3 originals (2 accepted, 1 to review), 3 of the labelled type"
    assert last.startswith("all: 3 originals; accepted and labelled: 20 fields, 1 wrong (at most 0.2")
