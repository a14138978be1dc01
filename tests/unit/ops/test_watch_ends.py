"""A watched file comes to its end: it moves where finished ones go, or stays and is named."""

from __future__ import annotations

from pathlib import Path

from ops.progress import End
from ops.watch import Happening
from schemas.canonical import sha256_hex
from tests.unit.ops.watching import World, nothing


def test_known_files_are_neither_told_of_nor_waited_for(world: World) -> None:
    world.drop("a.pdf", "one")
    world.known.add(sha256_hex(b"one"))
    world.age = 60

    watcher = world.watch(nothing, nothing)

    assert (watcher.tally.known, watcher.tally.submitted, world.asked) == (1, 0, 0)


def test_finished_files_move_and_keep_their_place_below(world: World, tmp_path: Path) -> None:
    world.done, world.failed = tmp_path / "done", tmp_path / "failed"
    world.drop("sub/a.pdf", "good")
    world.drop("b.pdf", "bad")
    world.drop("c.pdf", "dead")
    world.drop("d.pdf", "slow")
    world.rests("good", End.REVIEW)
    world.rests("bad", End.REJECTED)
    world.rests("dead", End.DEAD_LETTERED)

    watcher = world.watch(*[nothing] * 4)

    moved = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.pdf"))
    assert moved == ["done/sub/a.pdf", "failed/b.pdf", "failed/c.pdf", "in/d.pdf"]
    assert dict(watcher.tally.ended) == {End.REVIEW: 1, End.REJECTED: 1, End.DEAD_LETTERED: 1}
    assert watcher.tally.under_way == 1


def test_without_a_place_for_failed_files_they_stay(world: World, tmp_path: Path) -> None:
    world.done = tmp_path / "done"
    path = world.drop("b.pdf", "bad")
    world.rests("bad", End.REJECTED)

    world.watch(*[nothing] * 4)

    assert path.exists()
    assert [event.end for event in world.events if event.what is Happening.ENDED] == [End.REJECTED]


def test_a_place_for_finished_files_below_the_folder_is_not_watched(world: World) -> None:
    world.done = world.root / "done"
    world.drop("a.pdf", "good")
    world.rests("good", End.ACCEPTED)

    world.watch(*[nothing] * 3, lambda: [world.root / "done" / "a.pdf"], nothing, nothing)

    assert world.submitted == [("a.pdf", "good")]
    assert (world.root / "done" / "a.pdf").exists()


def test_a_finished_file_never_replaces_another(world: World, tmp_path: Path) -> None:
    world.done = tmp_path / "done"
    world.done.mkdir()
    (world.done / "a.pdf").write_text("of yesterday")
    world.drop("a.pdf", "good")
    world.rests("good", End.ACCEPTED)

    world.watch(*[nothing] * 4)

    assert {path.name: path.read_text() for path in world.done.iterdir()} == {
        "a.pdf": "of yesterday",
        "a (2).pdf": "good",
    }


def test_a_file_that_cannot_be_moved_is_named_and_the_watch_goes_on(world: World, tmp_path: Path) -> None:
    world.done = tmp_path / "done"
    world.done.write_text("a file in the way")
    world.drop("a.pdf", "good")
    world.rests("good", End.ACCEPTED)

    watcher = world.watch(*[nothing] * 4)

    kept = [event.sentence for event in world.events if event.what is Happening.KEPT]
    assert len(kept) == 1
    assert "stays where it is" in str(kept[0])
    assert watcher.tally.ended[End.ACCEPTED] == 1


def test_many_files_under_way_are_asked_about_in_turn(world: World) -> None:
    for number in range(200):
        world.drop(f"{number:03d}.pdf", str(number))
    world.age = 60

    watcher = world.watch(*[nothing] * 8)

    assert watcher.tally.under_way == 200
    assert world.asked == 64 * 9


def test_a_damaged_object_stops_neither_the_watch_nor_other_files(world: World, tmp_path: Path) -> None:
    world.done = tmp_path / "done"
    world.damaged.add(sha256_hex(b"submitted before"))
    for name, text in (("a.pdf", "submitted before"), ("b.pdf", "good"), ("c.pdf", "bad")):
        world.drop(name, text)
    world.rests("good", End.ACCEPTED)

    def damage() -> list[Path]:
        world.damaged.add(sha256_hex(b"bad"))
        return []

    world.watch(nothing, damage, *[nothing] * 4)

    assert (world.told(Happening.REFUSED), world.told(Happening.KEPT)) == (["a.pdf"], ["c.pdf"])
    assert [event.sentence for event in world.events if event.what is Happening.KEPT] == [
        f"{world.root / 'c.pdf'}: stays where it is: object 'outcomes/x.json' is none"
    ]
    assert [path.name for path in (tmp_path / "done").iterdir()] == ["b.pdf"]
