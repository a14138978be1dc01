from __future__ import annotations

import pytest
import typer

from app.commands.audit import answer_of


@pytest.mark.parametrize(
    ("said", "answer"), [("y", "right"), (" Yes", "right"), ("N", "wrong"), ("?", "not sure")]
)
def test_a_walked_value_is_right_wrong_or_not_sure(said: str, answer: str) -> None:
    assert answer_of(said) == answer


@pytest.mark.parametrize("said", ["r", "w", "", "1"])
def test_whatever_is_no_answer_is_asked_again_and_not_kept_as_one(said: str) -> None:
    with pytest.raises(typer.BadParameter, match="y, n, or"):
        answer_of(said)
