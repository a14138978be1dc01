"""The wheel, as a user gets it: installed into an empty environment, away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"][
    "build"
]["targets"]["wheel"]["packages"]
INVOICE = """INVOICE

Invoice number: 2026-1042
Invoice date: 12 March 2026
Due date: 11 April 2026

Seller: Harbour Lights Trading Ltd
Buyer: Northgate Joinery Ltd

Net total: 950.00 EUR
Tax total: 190.00 EUR
Grand total: 1140.00 EUR
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Installed:
    """doctrail, installed from its wheel; the folder is no checkout."""

    folder: Path
    bin: Path
    wheel: Path

    def run(self, program: str, *arguments: str, code: int | None = 0) -> str:
        """Return what a program of the environment says; it must end with ``code``, where one is given."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.folder,
            env=kept | {"HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout


def call(*arguments: str, cwd: Path) -> None:
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("away")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    wheel = next(folder.glob("doctrail-*.whl"))
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    call(sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel), cwd=folder)
    # The dependencies come from this environment, so that nothing is fetched; ours comes before them.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Installed(folder, python.parent, wheel)


def names(installed: Installed) -> set[str]:
    with zipfile.ZipFile(installed.wheel) as wheel:
        return set(wheel.namelist())


def test_everything_committed_in_the_rooms_is_in_the_wheel(installed: Installed) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *ROOMS],  # noqa: S607 (the git of whoever runs the tests)
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    committed = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}

    assert committed - names(installed) == set()


@pytest.mark.parametrize(
    "pattern",
    [
        "schemas/published/documents.submitted/1.0.json",
        "schemas/golden/documents.submitted/1.0/full.json",
        "doctypes/*/schema.json",
        "doctypes/*/prompt.md",
        "doctypes/*/rules.py",
        "bus/migrations/*.sql",
        "catalog/migrations/versions/*.py",
        "review/page/templates/work.html",
        "review/page/static/work.js",
        "review/page/static/work.css",
        "review/page/static/icon.svg",
        "doctypes/*/model",
        "doctypes/*/thresholds.json",
        "doctypes/*/MODEL_CARD.md",
        "inference/variants/classifier/model",
        "inference/variants/classifier/thresholds.json",
        "doctrail-*.dist-info/licenses/LICENSE",
    ],
)
def test_what_is_no_code_is_in_the_wheel_too(installed: Installed, pattern: str) -> None:
    assert [name for name in names(installed) if Path(name).match(pattern)]


def test_nothing_but_the_rooms_is_in_the_wheel(installed: Installed) -> None:
    top = {name.partition("/")[0] for name in names(installed)}

    assert {name for name in top if not name.endswith(".dist-info")} == set(ROOMS)


def test_the_rooms_resolve_to_those_of_the_wheel(installed: Installed) -> None:
    program = (
        f"import json, {', '.join(ROOMS)}; print(json.dumps([m.__file__ for m in ({', '.join(ROOMS)})]))"
    )
    places = json.loads(installed.run("python", "-c", program))

    assert all(Path(place).is_relative_to(installed.folder / "environment") for place in places)


def test_the_published_schemas_hold_in_the_wheel(installed: Installed) -> None:
    assert json.loads(installed.run("doctrail", "schemas", "check", "--json")) == {"ok": True, "problems": []}


def test_a_document_goes_through_away_from_the_checkout(installed: Installed) -> None:
    (installed.folder / "invoice.txt").write_text(INVOICE, encoding="utf-8")

    installed.run("doctrail", "submit", "invoice.txt", "--wait")
    trace = json.loads(installed.run("doctrail", "trace", "invoice.txt", "--json"))

    assert "gatekeeper" in json.dumps(trace)
    assert (installed.folder / ".doctrail").is_dir()
    assert "1 document" in installed.run("doctrail", "status")
