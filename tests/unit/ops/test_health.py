"""The heartbeat of a process and what is made of it; time is a number."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from ops.health import LONGEST, Outage, complaint, outage_words, outages
from ops.heartbeat import Pacemaker, Pulse, beating, write
from tests.unit.ops.conftest import NOW

LATER = LONGEST + timedelta(seconds=1)


DOWN = Outage(target="bus", state="open", waiting=3, reason="the disk is full")


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
    stuck = Pulse({"intake": 1, "extraction": 7}, down=[DOWN])
    beats(
        tmp_path / "beat",
        (Pulse({"intake": 0, "extraction": 7}), NOW),
        (Pulse({"intake": 1, "extraction": 7}, down=[DOWN]), NOW + LATER),
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
    (tmp_path / "deep").write_text("[" * 100_000)
    assert "is no heartbeat of this version" in str(complaint(tmp_path / "deep", NOW))
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


def test_what_does_not_answer_is_told_with_its_reason_and_who_waits(tmp_path: Path) -> None:
    beats(tmp_path / "beat", (Pulse({"intake": 1}, down=[DOWN]), NOW))

    assert outage_words(outages(tmp_path / "beat", NOW)) == [
        "bus does not answer (open, 3 messages waiting): the disk is full"
    ]


def test_a_state_that_cant_be_told_is_never_taken_for_a_good_one(tmp_path: Path) -> None:
    beats(tmp_path / "beat", (Pulse({"intake": 1}), NOW))
    (tmp_path / "torn").write_text('{"at": ')

    assert outage_words(outages(tmp_path / "beat", NOW)) == []
    for path, now in ((tmp_path / "beat", NOW + LATER), (tmp_path / "torn", NOW), (tmp_path / "none", NOW)):
        (said,) = outage_words(outages(path, now))
        assert said.startswith("whether outside parts answer is not known: ")
