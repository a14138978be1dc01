"""What happens to the machine: processes killed, the disk full, the state read-only, releases promoted.

Nothing is lost, nothing is done twice, whoever asks is told in a sentence, and work goes on afterwards.
"""

from __future__ import annotations

import asyncio
import json
import random
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.engine import Engine
from app.failures import sentences
from app.wiring import Doctrail
from app.workers import open_workers
from schemas.canonical import sha256_hex
from store.protocol import StoreDeniedError
from tests.chaos.checker import check
from tests.chaos.documents import write_documents
from tests.integration.installation import SAMPLES, Installation, copy_of_types, settings_in
from tests.integration.permissions import common_folder, read_only, unprivileged
from tests.integration.terminal import Terminal, running, until

LEASE, NEXT_LEASE = sorted(SAMPLES.glob("lease-*.pdf"))[:2]
LETTER = "A letter about nothing in particular.\nYours, Ann\n"
SEED, DOCUMENTS, KILLS = 11, 8, 3
WAIT_SECONDS = 60
BLOCK = 512
BROKEN_RULE = '''

@rule("landlord")
def nothing_passes_any_more(fields, facts):
    """A rule of the next release."""
    return broken("the next release refuses every lease")
'''


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others than its owner may enter."""
    with common_folder() as made:
        yield made


@pytest.fixture
def terminal(folder: Path) -> Terminal:
    """A home with one document at rest, so that its release is published."""
    terminal = Terminal(folder, copy_of_types(folder, trained=False))
    (folder / "first.txt").write_text(LETTER)
    terminal.type("submit", "first.txt", "--wait")
    return terminal


def objects_in(terminal: Terminal) -> int:
    return sum(path.is_file() for path in (terminal.objects / "documents").rglob("*"))


def kill_at(terminal: Terminal, process: subprocess.Popen[str], objects: int) -> bool:
    """Kill the process once the store holds ``objects``; False where it ended before."""
    while objects_in(terminal) < objects:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
            break
    alive = process.poll() is None
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)
    return alive


def assert_nothing_is_wrong(terminal: Terminal, documents: list[Path]) -> None:
    findings = check(terminal.home, [path.read_bytes() for path in documents])

    assert {name: found for name, found in vars(findings).items() if found} == {}


@pytest.mark.slow
def test_a_run_killed_at_random_moments_loses_nothing_and_does_nothing_twice(terminal: Terminal) -> None:
    chance = random.Random(SEED)
    documents = write_documents(terminal.folder / "documents", DOCUMENTS, SEED)
    terminal.type("submit", "documents")

    killed = 0
    for _ in range(KILLS):
        moment = objects_in(terminal) + chance.randint(1, 30)
        killed += kill_at(terminal, terminal.start("run"), moment)
    terminal.work()

    assert killed == KILLS
    assert_nothing_is_wrong(terminal, documents)


def test_a_full_disk_stops_the_work_with_a_sentence_and_room_lets_it_go_on(terminal: Terminal) -> None:
    documents = write_documents(terminal.folder / "documents", DOCUMENTS, SEED)
    terminal.type("submit", "documents")

    # No more than this many bytes of any file: the logs of bus and catalog soon want more.
    limit = 96 * 1024
    command = shlex.join([sys.executable, "-m", "app", "run"])
    process = terminal.start_program("sh", "-c", f"ulimit -f {limit // BLOCK}; exec {command}")
    said = json.loads(next(until(process, "breaker.opened")))
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)

    assert said["target"] in ("bus", "catalog", "store")
    assert said["reason"].count("\n") == 0
    assert "disk" in said["reason"] or "File too large" in said["reason"]
    terminal.work()
    assert_nothing_is_wrong(terminal, documents)


def test_a_state_folder_that_is_read_only_is_named_by_every_command_and_left_as_it_is(
    terminal: Terminal,
) -> None:
    (terminal.folder / "second.txt").write_text(LETTER + "P.S.\n")
    terminal.work()
    before = terminal.type("status")

    with read_only(terminal.home), unprivileged():
        refused = [terminal.hear("submit", "second.txt", code=1), terminal.hear("run", "--drain", code=1)]

    for said in refused:
        assert said.out == ""
        assert len(said.err.splitlines()) == 1
        assert "writable" in said.err or "permission denied" in said.err
    assert terminal.type("status") == before
    assert "1 submitted" in terminal.type("submit", "second.txt", "--wait")


def test_a_store_that_becomes_read_only_under_way_ends_the_run_and_costs_nothing(folder: Path) -> None:
    terminal = Terminal(folder, copy_of_types(folder, trained=False))
    installation = Installation(settings_in(folder, doctypes=terminal.types))
    documents = write_documents(folder / "documents", DOCUMENTS, SEED)
    installation.submit(folder / "documents", wait=False)

    async def until_denied(engine: Engine) -> None:
        while not engine.take_touched():
            await engine.pause()
        with read_only(installation.objects), unprivileged():
            await engine.interrupted.wait()

    async def work(doctrail: Doctrail) -> None:
        await Engine(doctrail).run(until_denied)

    with pytest.raises((StoreDeniedError, ExceptionGroup)) as denied:
        installation.open(work)

    said = sentences(denied.value, "run")
    assert all("give this user its folder, writable" in sentence for sentence in said)
    installation.drain()
    assert_nothing_is_wrong(terminal, documents)


def test_a_waiting_submit_takes_over_from_a_run_that_dies(terminal: Terminal) -> None:
    (terminal.folder / "second.txt").write_text(LETTER + "P.S.\n")

    with running(terminal) as holder:
        # Stopped, it keeps the lock and does nothing: what is done was done by whoever took over.
        holder.send_signal(signal.SIGSTOP)
        follower = terminal.start("submit", "second.txt", "--wait")
        next(until(follower, f"process {holder.pid} does the work; waiting for it"))
        holder.kill()
        holder.wait(WAIT_SECONDS)
        said, complained = follower.communicate(timeout=WAIT_SECONDS)

    # Whether its agents had taken their partitions over before it was stopped is chance: what lies in those
    # of a dead process is handled alone, which is said.
    wrong = [line for line in complained.splitlines() if '"partition.suspect"' not in line]
    assert (follower.returncode, wrong) == (0, [])
    assert said.splitlines() == ["1 submitted", "1 review"]


def test_an_edited_prompt_with_a_wrong_key_is_reported_and_not_published(terminal: Terminal) -> None:
    prompt = terminal.types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text().replace("{{field:landlord}}", "{{field:lessor}}"))
    (terminal.folder / "second.txt").write_text(LETTER + "P.S.\n")

    said = terminal.hear("submit", "second.txt", "--wait")

    assert "lease/prompt.md mentions field" in said.sentence("types.not_published", "'lessor'")
    assert said.out.splitlines() == ["1 submitted", "1 review"]
    assert len(terminal.ask("types", "log")) == 1


def results_of(installation: Installation, path: Path) -> dict[str, bytes]:
    """Return every result and artifact of a file's document by its key."""
    folder = installation.objects / "documents" / sha256_hex(path.read_bytes())
    found = [p for part in ("results", "artifacts", "revisions") for p in folder.glob(f"{part}/**/*.json")]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def manifest_of(installation: Installation, path: Path) -> dict[str, Any]:
    document_id = sha256_hex(path.read_bytes())
    runs = [json.loads(p.read_bytes()) for p in installation.objects.glob("runs/*.json")]
    (manifest,) = [run for run in runs if run["document_id"] == document_id]
    return dict(manifest)


async def let_in_only(doctrail: Doctrail) -> None:
    """Let intake handle what waits for it, and no other agent anything."""
    stop, handled = asyncio.Event(), asyncio.Event()
    async with open_workers(doctrail, on_event=lambda _: handled.set()) as workers:
        (intake,) = [worker for worker in workers if worker.name == "intake"]
        async with asyncio.TaskGroup() as group, asyncio.timeout(WAIT_SECONDS):
            group.create_task(intake.run(stop))
            await handled.wait()
            stop.set()


def test_a_promotion_in_the_middle_of_a_run_changes_nothing_of_it(tmp_path: Path) -> None:
    homes = []
    for name in ("promoted", "left alone"):
        (tmp_path / name).mkdir()
        types = copy_of_types(tmp_path / name, ["lease"])
        homes.append(Installation(settings_in(tmp_path / name, doctypes=types)))
        homes[-1].submit(LEASE, wait=False)
        homes[-1].open(let_in_only)
    promoted, left_alone = homes
    assert promoted.settings.doctypes is not None
    lease = promoted.settings.doctypes / "lease"
    (lease / "prompt.md").write_text((lease / "prompt.md").read_text() + "\nRead everything twice.\n")
    (lease / "rules.py").write_text((lease / "rules.py").read_text() + BROKEN_RULE)

    async def promote(doctrail: Doctrail) -> str:
        return (await doctrail.live.publish(doctrail.now(), by="ada", mark="approved"))[0]

    live = promoted.open(promote)
    promoted.submit(NEXT_LEASE)
    left_alone.drain()

    first, second = manifest_of(promoted, LEASE), manifest_of(promoted, NEXT_LEASE)
    assert first["release_digest"] != live == second["release_digest"]
    assert results_of(promoted, LEASE) == results_of(left_alone, LEASE)
    assert any(key.startswith("results/validation/") for key in results_of(promoted, LEASE))
    for path, refused in ((LEASE, False), (NEXT_LEASE, True)):
        said = b"".join(results_of(promoted, path).values())
        assert (b"the next release refuses every lease" in said) is refused
