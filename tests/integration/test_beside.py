"""The next version of the program beside the one that works, fed with what that one takes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.installation import SAMPLES, copy_of_types
from tests.integration.terminal import Terminal

SALE, LOCKED = "sale-plot.pdf", "encrypted.pdf"


@pytest.fixture
def theirs(tmp_path: Path) -> Terminal:
    """An installation that accepts what was certified on generated samples; two documents rest in it."""
    accepts = {"DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES": "true"}
    terminal = Terminal(made(tmp_path, "there"), copy_of_types(tmp_path / "there"), accepts)
    terminal.type("submit", str(SAMPLES / SALE), str(SAMPLES / LOCKED), "--wait")
    return terminal


def made(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def test_the_next_version_takes_in_what_the_working_one_does_and_tells_what_comes_out_otherwise(
    theirs: Terminal, tmp_path: Path
) -> None:
    ours = Terminal(made(tmp_path, "here"), copy_of_types(tmp_path / "here"))
    bus, store = f"sqlite:///{theirs.home}/bus.db", f"file://{theirs.objects}"
    before = theirs.states()

    wrong = ours.type("shadow", "follow", "--bus", f"{bus}x", "--store", store, code=1)
    first = ours.type("shadow", "follow", "--bus", bus, "--store", store)
    own = ours.type("shadow", "diff", "--store", f"file://{ours.objects}/", code=1)
    again = ours.type("shadow", "follow", "--bus", bus, "--store", store)
    early = ours.type("shadow", "diff", "--store", store, code=1)
    ours.work()
    said = ours.type("shadow", "diff", "--store", store, code=1)

    assert "nothing is at" in wrong
    assert not (theirs.home / "bus.dbx").exists()
    assert "this installation's own" in own
    assert first.startswith("2 documents taken in, 0 already here")
    assert again.startswith("0 documents taken in")
    assert "nothing can be said yet" in early
    assert "2 documents read there and here" in said
    assert "accepted → review: 1 of 2" in said
    assert SALE in said
    assert LOCKED not in said
    assert theirs.states() == before
