"""How much an agent has in hand follows from what it waits for."""

from __future__ import annotations

from app.settings import WINDOW, Settings


def test_extraction_has_twice_as_many_messages_in_hand_as_calls_to_its_model() -> None:
    chosen = Settings(model_concurrency=40, _env_file=None)

    assert chosen.window_of("extraction") == 80
    assert chosen.window_of("gatekeeper") == WINDOW


def test_few_calls_at_once_leave_the_window_as_it_is() -> None:
    assert Settings(model_concurrency=4, _env_file=None).window_of("extraction") == WINDOW


def test_a_window_that_is_set_is_every_agents() -> None:
    chosen = Settings(window=1, _env_file=None)

    assert {chosen.window_of(agent) for agent in ("intake", "extraction")} == {1}
