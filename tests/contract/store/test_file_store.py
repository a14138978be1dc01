"""What a store in a folder promises beyond the common contract: crashes, threads, processes, full disks."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.canonical import sha256_hex
from schemas.errors import InvariantError, PermanentError, TransientError
from store.connect import StoreUrlError, connect
from store.objects import FileStore, explained
from store.protocol import Created, ObjectStore, StoreDeniedError
from tests.contract.store.child import body

pytestmark = pytest.mark.anyio
Open = Callable[[], ObjectStore]


async def test_threads_with_stores_of_their_own_agree_on_the_winner(open_file_store: Open) -> None:
    stores = [open_file_store() for _ in range(6)]
    barrier, results = threading.Barrier(len(stores)), list[Created]()

    def write(store: ObjectStore, number: int) -> None:
        barrier.wait(60)
        for turn in range(20):
            results.append(asyncio.run(store.create(f"registry/release/{turn}.json", f"{number}".encode())))

    threads = [threading.Thread(target=write, args=(store, n)) for n, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join, 60)

    for turn in range(20):
        key = f"registry/release/{turn}.json"
        of_turn = [result for result in results if result.ref.uri == key]
        assert sum(result.created for result in of_turn) == 1
        assert {result.data for result in of_turn} == {await stores[0].fetch(key)}


def live_and_die(url: str, first: int, writes: int) -> list[int]:
    """Return the numbers that a child acknowledged until it was killed after some ``writes``."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.store.child", url, str(first)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    seen = [child.stdout.readline() for _ in range(writes)]
    child.send_signal(signal.SIGKILL)
    rest = child.communicate(timeout=60)[0].split("\n")[:-1]
    return [int(line) for line in (*seen, *rest)]


async def test_a_writer_killed_at_any_moment_leaves_whole_objects_or_none(
    tmp_path: Path, open_file_store: Open
) -> None:
    url, seed = f"file://{tmp_path}/objects", random.Random(7)
    acknowledged: list[int] = []
    for life in range(6):
        acknowledged += await asyncio.to_thread(live_and_die, url, life * 1000, seed.randrange(1, 25))

    store = open_file_store()
    keys = [key async for key in store.list("")]
    for key in keys:
        number = int(key[-13:-5])
        assert await store.fetch(key) == body(number)
    assert {f"documents/d{n % 13}/results/x/{n:08d}.json" for n in acknowledged} <= set(keys)


async def test_what_dead_writers_left_is_cleaned_up_and_what_living_ones_write_is_not(
    tmp_path: Path, open_file_store: Open
) -> None:
    root = tmp_path / "objects"
    living = open_file_store()
    await living.create("inbox/a", b"x")
    (mine,) = (root / ".staging").iterdir()
    (mine / "5").write_bytes(b"half a wr")
    dead = root / ".staging" / "0123"
    dead.mkdir()
    (dead / "1").write_bytes(b"half")

    newcomer = open_file_store()
    await newcomer.create("inbox/b", b"x")

    assert not dead.exists()
    assert (mine / "5").exists()
    assert [key async for key in newcomer.list("")] == ["inbox/a", "inbox/b"]


async def test_reading_alone_writes_nothing(tmp_path: Path, open_file_store: Open) -> None:
    store = open_file_store()

    assert await store.fetch("runs/a.json") is None
    assert [key async for key in store.list("")] == []
    assert list((tmp_path / "objects").iterdir()) == []


async def test_files_in_the_folder_that_are_no_objects_are_not_listed(
    tmp_path: Path, open_file_store: Open
) -> None:
    store = open_file_store()
    await store.create("inbox/a", b"x")
    for name in (".DS_Store", "b#1", "inbox/.hidden"):
        (tmp_path / "objects" / name).write_bytes(b"")

    assert [key async for key in store.list("")] == ["inbox/a"]


async def test_a_write_that_the_disk_cuts_short_is_transient_and_leaves_nothing(
    tmp_path: Path, open_file_store: Open
) -> None:
    store = open_file_store()
    await store.create("inbox/a", b"x")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(TransientError, match="failed to create 'inbox/b'") as raised:
            await store.create("inbox/b", b"y" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)

    assert raised.value.target == "store"
    assert await store.fetch("inbox/b") is None
    assert (await store.create("inbox/b", b"y" * 100_000)).created
    assert [path for path in (tmp_path / "objects" / ".staging").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (28, TransientError, "no room to create 'k': free disk space"),
        (122, TransientError, "no room"),
        (5, TransientError, "failed to create 'k': Input/output error"),
        (13, StoreDeniedError, "refuses to create 'k': Permission denied"),
        (30, StoreDeniedError, "Read-only file system"),
    ],
)
def test_the_disks_refusals_are_one_clear_sentence(code: int, kind: type[Exception], says: str) -> None:
    found = explained("create", "k", OSError(code, os.strerror(code)))

    assert isinstance(found, kind)
    assert says in str(found)


async def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(Exception, match="objects"):
        connect(f"file://{tmp_path}/taken/objects")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("s4://bucket", "scheme 's4' is not known"),
        ("objects", "is not known"),
        ("file://", "names no folder"),
        ("file://a?b=c", "names no folder"),
    ],
)
def test_an_unknown_url_is_one_clear_sentence(url: str, says: str) -> None:
    with pytest.raises(StoreUrlError, match=says):
        connect(url)


async def test_a_relative_url_is_taken_from_where_the_program_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore(Path("elsewhere"))
    store.close()
    relative = connect("file://state%20of/objects")
    await relative.create("inbox/a", b"x")

    assert (tmp_path / "state of" / "objects" / "inbox" / "a").read_bytes() == b"x"
    relative.close()  # type: ignore[attr-defined]  # the file adapter holds threads and a lock


async def test_a_reference_survives_a_move_of_the_store(tmp_path: Path, open_file_store: Open) -> None:
    created = await open_file_store().create("inbox/a", b"x")
    (tmp_path / "objects").rename(tmp_path / "moved")
    moved = connect(f"file://{tmp_path}/moved")

    assert await moved.read(created.ref) == b"x"
    assert created.ref.sha256 == sha256_hex(b"x")
    assert not created.ref.uri.startswith("/")
    moved.close()  # type: ignore[attr-defined]  # the file adapter holds threads and a lock


def test_denials_are_permanent() -> None:
    assert issubclass(StoreDeniedError, PermanentError)


async def test_of_objects_written_at_once_those_that_can_not_be_fail_alone(open_file_store: Open) -> None:
    store = open_file_store()
    await store.create("documents/d/a", b"x")
    keys = [f"documents/d/a/{n}" if n % 3 == 0 else f"documents/d/{n}/b" for n in range(60)]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_outcome(store, key)) for key in keys]

    assert [task.result() for task in tasks] == [n % 3 != 0 for n in range(60)]
    assert [key async for key in store.list("documents")] == sorted(
        ["documents/d/a", *keys[1::3], *keys[2::3]]
    )


async def _outcome(store: ObjectStore, key: str) -> bool:
    """Return whether an object was created; False where its key can't be one."""
    try:
        return (await store.create(key, key.encode())).created
    except InvariantError:
        return False


async def test_a_folder_that_somebody_took_away_is_made_again(tmp_path: Path, open_file_store: Open) -> None:
    store = open_file_store()
    await store.create("documents/d/runs/1.json", b"x")
    shutil.rmtree(tmp_path / "objects" / "documents")

    assert (await store.create("documents/d/runs/2.json", b"y")).created
    assert await store.fetch("documents/d/runs/2.json") == b"y"


async def test_who_no_longer_waits_keeps_nobody_from_being_told(open_file_store: Open) -> None:
    store = open_file_store()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.create(f"inbox/{n}", b"x")) for n in range(30)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()

    assert all(task.result().created for task in tasks[1::2])
