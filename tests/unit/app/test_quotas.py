"""What a process may ask of a model, and how an operator learns that it does not answer."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.doctor import what_waits
from app.answering import model_limits
from app.cli import run
from app.clock import utc_now
from app.lock import run_lock
from app.settings import Settings
from ops.doctor import NotWorkingError, Scarce
from ops.health import LONGEST, Outage
from ops.heartbeat import Pacemaker, Pulse, write

pytestmark = pytest.mark.anyio
LATER = timedelta(days=1)
"""A heartbeat of tomorrow is no old one however slow the machine is."""
DOWN = Outage(target="model:bedrock:eu-west-1", state="open", waiting=4, reason="ThrottlingException (429)")


def test_a_quota_is_divided_by_the_processes_that_share_it() -> None:
    quotas = {"model_requests_per_minute": 600, "model_tokens_per_minute": 80_000, "model_processes": 8}

    limits = model_limits(Settings(**quotas, _env_file=None))  # type: ignore[arg-type]

    assert (limits.requests_per_minute, limits.tokens_per_minute) == (75, 10_000)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that was made."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    monkeypatch.setenv("DOCTRAIL_HOME", str(home))
    home.mkdir()
    return home


def test_status_names_the_model_whose_breaker_is_open(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beat = Pacemaker().beat(Pulse({"extraction": 1}, [DOWN]), utc_now() + LATER)
    write(Settings(home=home).heartbeat_file, beat)

    with run_lock(home):
        assert run(["status"]) == 0
        told = capsys.readouterr().out
        assert run(["status", "--json"]) == 0
        outages = json.loads(capsys.readouterr().out)["outages"]

    assert "model:bedrock:eu-west-1 does not answer (open, 4 messages waiting): Throttling" in told
    assert outages["down"][0]["target"] == DOWN.target


async def test_doctor_fails_for_a_breaker_that_is_open_and_never_takes_silence_for_health(home: Path) -> None:
    settings = Settings(home=home)
    beat = Pacemaker().beat(Pulse({"extraction": 1}, [DOWN]), utc_now() + LATER)
    write(settings.heartbeat_file, beat)

    with pytest.raises(NotWorkingError, match=r"bedrock:eu-west-1 does not answer .* 4 messages waiting"):
        await what_waits(settings)

    silent = utc_now() - LONGEST - timedelta(hours=1)
    write(settings.heartbeat_file, Pacemaker().beat(Pulse({"extraction": 1}), silent))
    with pytest.raises(Scarce, match="not known"):
        await what_waits(settings)
