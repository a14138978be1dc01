"""docker-compose.yml held against what stands beside it; `make test-compose` runs it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.compose.stack import ROLES, ROOT, secret_names

COMPOSE = ROOT / "docker-compose.yml"


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return found


def test_every_secret_that_services_need_is_made_once() -> None:
    needed = re.findall(r"\$\{(\w+):\?", COMPOSE.read_text(encoding="utf-8"))

    assert set(needed) == secret_names()


def test_every_service_of_ours_is_put_to_the_test() -> None:
    ours = {name for name, service in services().items() if service["image"] == "doctrail"}

    assert ours == {*ROLES, "init"}


def test_the_image_is_built_once_and_fetched_from_nowhere() -> None:
    ours = {name: service for name, service in services().items() if service["image"] == "doctrail"}

    assert [name for name, service in ours.items() if "build" in service] == ["init"]
    assert {service.get("pull_policy") for name, service in ours.items() if name != "init"} == {"never"}


def test_every_service_is_bounded_and_open_to_this_machine_alone() -> None:
    for name, service in services().items():
        assert service["mem_limit"], name
        assert service["cap_drop"] == ["ALL"], name
        assert (service["restart"] == "no") == (name == "init")
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name


def secrets_made_in(folder: Path, *, docker_finds_volumes: bool) -> subprocess.CompletedProcess[str]:
    """Have `make` make secrets in ``folder``, with a docker that only says whether volumes are there."""
    folder.mkdir()
    for name in ("Makefile", ".env.example"):
        shutil.copy(ROOT / name, folder / name)
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\nexit {int(not docker_finds_volumes)}\n", encoding="utf-8")
    docker.chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    return subprocess.run(
        ["make", ".env"],  # noqa: S607 (the make of whoever runs the test)
        cwd=folder,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_new_secrets_are_not_made_for_what_was_kept_under_others(tmp_path: Path) -> None:
    beside_old = secrets_made_in(tmp_path / "old", docker_finds_volumes=True)
    anew = secrets_made_in(tmp_path / "new", docker_finds_volumes=False)

    assert beside_old.returncode
    assert "docker volume rm doctrail_home" in beside_old.stdout
    assert not (tmp_path / "old" / ".env").exists()
    assert anew.returncode == 0, anew.stderr
    made = dict(re.findall(r"^(\w+)=(\w{48})$", (tmp_path / "new" / ".env").read_text(), re.MULTILINE))
    assert set(made) == secret_names()
