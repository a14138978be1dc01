"""Files that a person asked for: whole, or as they were before."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.files import FileNotWrittenError, beside, write_whole


def test_a_file_is_written_with_the_folders_on_its_way_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "card.md"

    write_whole(path, b"first")
    write_whole(path, b"second")

    assert path.read_bytes() == b"second"
    assert [one.name for one in path.parent.iterdir()] == ["card.md"]


def test_what_goes_wrong_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_bytes(b"first")

    def breaks_off() -> None:
        with beside(path) as aside:
            aside.write_bytes(b"sec")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        breaks_off()

    assert path.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["card.md"]


@pytest.mark.parametrize("below", ["/dev/null", "{folder}/taken"])
def test_a_place_that_takes_no_file_is_named_in_one_sentence(below: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"a file")
    path = Path(below.format(folder=tmp_path)) / "card.md"

    with pytest.raises(FileNotWrittenError, match=f"'{path.parent}' can't be written: not a directory"):
        write_whole(path, b"x")


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "card.md").mkdir()

    with pytest.raises(FileNotWrittenError, match="is a directory"):
        write_whole(tmp_path / "card.md", b"x")

    assert [one.name for one in tmp_path.iterdir()] == ["card.md"]
