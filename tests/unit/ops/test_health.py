"""The heartbeat of a process and what is made of it; time is a number."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from ops.health import LONGEST, Pacemaker, Pulse, beating, complaint, write
from tests.unit.ops.conftest import NOW

LATER = LONGEST + timedelta(seconds=1)


def beats(path: Path, *pulses: tuple[Pulse, datetime]) -> None:
    """Leave the heartbeats of these moments, one after the other."""
    pacemaker = Pacemaker()
    for pulse, at in pulses:
        write(path, pacemaker.beat(pulse, at))


def test_a_process_whose_loops_turn_is_well(tmp_path: Path) -> None:
    path = tmp_path / "home" / "heartbeat.json"
    beats(path, (Pulse({"intake": 1}), NOW), (Pulse({"intake": 2}), NOW + LATER))

    assert complaint(path, NOW + LATER) is None


def test_a_process_that_ceased_to_beat_is_told_with_its_silence(tmp_path: Path) -> None:
    beats(tmp_path / "beat", (Pulse({"intake": 1}), NOW))

    assert complaint(tmp_path / "beat", NOW + LONGEST) is None
    assert (
        complaint(tmp_path / "beat", NOW + LATER)
        == "the process has given no sign of life for 91 s; start it again"
    )


def test_a_loop_that_no_longer_turns_is_named_with_what_it_waits_for(tmp_path: Path) -> None:
    stuck = Pulse({"intake": 1, "extraction": 7}, down=["bus"])
    beats(
        tmp_path / "beat",
        (Pulse({"intake": 0, "extraction": 7}), NOW),
        (Pulse({"intake": 1, "extraction": 7}, down=["bus"]), NOW + LATER),
        (stuck, NOW + LATER),
    )

    said = complaint(tmp_path / "beat", NOW + LATER)

    assert said == "extraction has not asked for work for 91 s: bus does not answer"


def test_a_loop_that_never_turned_counts_from_the_start(tmp_path: Path) -> None:
    joining = Pulse({"extraction": 0})
    beats(tmp_path / "beat", (joining, NOW), (joining, NOW + LONGEST))

    assert complaint(tmp_path / "beat", NOW + LONGEST) is None
    assert "extraction has not asked for work for 91 s" in str(complaint(tmp_path / "beat", NOW + LATER))


def test_without_a_heartbeat_nothing_runs_here(tmp_path: Path) -> None:
    (tmp_path / "torn").write_text('{"at": ')

    assert "nothing runs here: no heartbeat at" in str(complaint(tmp_path / "beat", NOW))
    assert "is no heartbeat of this version" in str(complaint(tmp_path / "torn", NOW))
    assert "can't be read" in str(complaint(tmp_path, NOW))


def test_the_heartbeat_is_there_while_the_process_works_and_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.json"

    async def work() -> None:
        async with beating(path, lambda: Pulse({"watch": 1}), lambda: NOW):
            assert complaint(path, NOW) is None

    asyncio.run(work())

    assert not list(tmp_path.iterdir())


def test_a_disk_that_takes_no_heartbeat_stops_nobodys_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = []

    async def work() -> None:
        async with beating(tmp_path / "file" / "beat", lambda: Pulse({"watch": 1}), lambda: NOW):
            done.append("work")

    asyncio.run(work())

    assert done == ["work"]
