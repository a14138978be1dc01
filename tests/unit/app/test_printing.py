"""What commands print and write: aligned, plain where nobody looks, whole or not at all."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from app.printing import brief, columns, dump_json, say_json, whole_file, write_text
from store.files import FileNotWrittenError


def test_columns_are_aligned_by_the_room_their_text_takes() -> None:
    lines = columns(("NAME", "N"), [("ACME", "1"), ("東京", "22"), ("é", "3")])

    assert lines == ["NAME  N", "ACME  1", "東京  22", "é     3"]


def test_a_long_cell_is_cut_and_a_wild_one_spelt_out() -> None:
    assert brief("a" * 40, 10) == "aaaaaaaaa…"
    assert brief("a\x1b[2J\nb") == "a\\x1b[2J\\nb"


def test_json_is_ascii_so_that_no_value_commands_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"name": "\x1b[2J\u202e東"})

    said = capsys.readouterr().out
    assert said.isascii()
    assert "\x1b" not in said
    assert json.loads(said) == {"name": "\x1b[2J\u202e東"}
    assert "\x7f" not in dump_json("\x7f")


def test_a_file_is_written_whole_with_the_usual_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("x")

    write_text(tmp_path / "out.csv", "a\r\nb\r\n")

    assert (tmp_path / "out.csv").read_bytes() == b"a\r\nb\r\n"
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plain"]


def test_a_failure_in_the_middle_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail() -> None:
        with whole_file(path) as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotWrittenError, match="can't be written: no such file or directory"):
        write_text(tmp_path / "none" / "out.csv", "x")


def test_a_full_device_is_named_and_stays_a_device() -> None:
    with pytest.raises(FileNotWrittenError, match="'/dev/full' can't be written: no space left on device"):
        write_text(Path("/dev/full"), "x")

    assert Path("/dev/full").is_char_device()


def test_a_link_leads_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")

    write_text(tmp_path / "link", "new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()

    with pytest.raises(FileNotWrittenError, match="can't be written"):
        write_text(tmp_path / "out.csv", "x")
    assert [found.name for found in tmp_path.iterdir()] == ["out.csv"]
