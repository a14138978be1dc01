"""What the container image is built from."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_room_reaches_the_image_and_nothing_else_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}

    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert "*" in lines
    assert sent == rooms | {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
