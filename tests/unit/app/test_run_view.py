"""What ``doctrail run`` shows while it works."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from app.actions.run import live_view
from app.engine import Engine
from app.wiring import Doctrail
from schemas.errors import TransientError


def shown_by(engine: Engine) -> str:
    out = io.StringIO()
    Console(file=out, width=120).print(live_view(engine))
    return out.getvalue()


@pytest.mark.anyio
async def test_what_is_down_is_named_with_its_reason_until_it_answers() -> None:
    doctrail = Doctrail.__new__(Doctrail)
    object.__setattr__(doctrail, "now", lambda: datetime(2026, 3, 2, tzinfo=UTC))
    engine = Engine(doctrail)
    breaker = engine._breakers.of("model:local")
    assert breaker is not None

    quiet = shown_by(engine)
    breaker.failed(TransientError("the model does not answer", target="model:local"))
    down = shown_by(engine)
    breaker.succeeded()

    assert "model:local is down, 0 messages waiting: the model does not answer" in down
    assert quiet == shown_by(engine)
    assert "in hand" in quiet
