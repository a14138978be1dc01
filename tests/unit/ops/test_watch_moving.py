"""Finished files are moved whole, never over another one, never with bytes that nobody submitted."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ops.watch import (
    Facts,
    NotMovedError,
    move_into,
)
from ops.watch import moving as moving_room


def test_a_file_that_changed_since_it_was_submitted_is_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("one")
    facts = Facts.of(path)
    path.write_text("two!")

    with pytest.raises(NotMovedError, match="stays where it is: it changed meanwhile"):
        move_into(path, tmp_path / "done", Path("a.pdf"), facts)

    assert path.read_text() == "two!"
    assert not (tmp_path / "done").exists()


def test_a_file_put_in_its_place_at_the_very_moment_goes_back(tmp_path: Path) -> None:
    path, target = tmp_path / "a.pdf", tmp_path / "taken"
    path.write_text("one")
    target.write_text("new")

    sentence = moving_room._put_back(target, tmp_path / "b.pdf")

    assert (sentence, (tmp_path / "b.pdf").read_text(), target.exists()) == (
        "it changed meanwhile",
        "new",
        False,
    )
    target.write_text("newer")
    assert "was not submitted" in moving_room._put_back(target, path)
    assert (path.read_text(), target.read_text()) == ("one", "newer")


def test_to_another_disk_the_copy_is_complete_before_the_original_goes(tmp_path: Path) -> None:
    path, target = tmp_path / "a.pdf", tmp_path / "reserved"
    path.write_text("one")
    target.touch()

    moving_room._copy(path, target, Facts.of(path))

    assert (target.read_text(), path.exists(), sorted(p.name for p in tmp_path.iterdir())) == (
        "one",
        False,
        ["reserved"],
    )


def test_a_file_that_changes_while_it_is_copied_stays(tmp_path: Path) -> None:
    path, target = tmp_path / "a.pdf", tmp_path / "reserved"
    path.write_text("one")
    facts = Facts.of(path)
    path.write_text("two!")

    with pytest.raises(OSError, match="it changed meanwhile") as caught:
        moving_room._copy(path, target, facts)

    assert caught.value.errno == errno.EBUSY
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


def test_a_link_is_not_moved(tmp_path: Path) -> None:
    (tmp_path / "real.pdf").write_text("one")
    link = tmp_path / "a.pdf"
    link.symlink_to("real.pdf")

    with pytest.raises(NotMovedError, match="it is a link"):
        move_into(link, tmp_path / "done", Path("a.pdf"), Facts.of(link))
