"""Where a process begins: what a health check needs, and the loop that work runs on."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import entry
from app.looping import run
from ops.heartbeat import Pacemaker, Pulse, write

ROOT = Path(__file__).parents[3]


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports when it is imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def files_of(module: str) -> list[Path]:
    """Return the files of ours that importing a module runs; none where it is not ours."""
    parts = module.split(".")
    packages = [ROOT.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    return [path for path in (*packages, ROOT.joinpath(*parts).with_suffix(".py")) if path.is_file()]


def needed_by(first: str) -> set[str]:
    """Return every module that importing ``first`` imports, as far as files of ours say so."""
    waiting, seen = [first], set()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += [name for path in files_of(module) for name in imported(path)]
    return seen


def test_what_answers_a_health_check_needs_python_alone() -> None:
    needed = needed_by("app.entry")

    assert "ops.health" in needed
    assert not {
        name
        for name in needed
        if not files_of(name) and name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert not needed & {"asyncio", "dataclasses", "logging"}


def test_a_start_loads_nothing_that_only_training_or_one_sort_of_document_needs() -> None:
    assert not needed_by("app.actions.submit") & {"scipy.optimize", "scipy.stats", "sklearn", "onnxruntime"}


def test_a_process_that_is_well_is_found_so_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beat = tmp_path / "heartbeat.json"
    write(beat, Pacemaker().beat(Pulse({"intake": 1}), datetime.now(UTC)))
    monkeypatch.setenv("DOCTRAIL_HEARTBEAT", str(beat))
    monkeypatch.setattr(sys, "argv", ["doctrail", "health"])

    entry.main()

    assert capsys.readouterr() == ("", "")


def test_work_runs_on_uvloop_where_there_is_one() -> None:
    pytest.importorskip("uvloop")

    async def loop() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run(loop()) == "uvloop"


@pytest.mark.parametrize("file", ["app/commands/work.py", "app/commands/watch.py", "app/demo.py"])
def test_whatever_runs_agents_runs_them_on_that_loop(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")

    assert "from app.looping import run" in text
    assert "asyncio.run(" not in text


def test_the_command_line_comes_up_without_the_heavy_rooms() -> None:
    heavy = (
        "pydantic",
        "sqlalchemy",
        "numpy",
        "rich",
        "structlog",
        "jsonschema",
        "obstore",
        "jinja2",
    )
    code = f"import sys, app.cli; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
