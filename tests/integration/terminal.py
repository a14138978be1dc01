"""A terminal in a folder with a home in it: commands typed as an operator types them."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.cli import run

ROOT = Path(__file__).parents[2]
AGENTS = 6
STOP_SECONDS = 60
LOTS = ("AUDIT_RATE", "ALL_FIELDS_SHARE", "DOUBLE_SHARE", "BLIND_SHARE")


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def everything(self) -> str:
        """Both streams."""
        return self.out + self.err

    def sentence(self, *words: str) -> str:
        """Return the one line of both streams that holds all of ``words``."""
        lines = [line for line in self.everything.splitlines() if all(word in line for word in words)]
        assert len(lines) == 1, self.everything
        return lines[0]


@dataclass(frozen=True)
class Terminal:
    """A folder with a home in it, where commands are typed.

    Attributes:
        types: The document types of this installation.
        more: Further variables.
    """

    folder: Path
    types: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where the state lies."""
        return self.folder / "home"

    @property
    def objects(self) -> Path:
        """Where the store keeps its objects."""
        return self.home / "objects"

    @property
    def variables(self) -> dict[str, str]:
        """What the environment says in this terminal."""
        return {
            "DOCTRAIL_HOME": str(self.home),
            # Nothing is left to a draw by a secret that each home makes for itself.
            **{f"DOCTRAIL_REVIEW_{lot}": "0" for lot in LOTS},
            "DOCTRAIL_DOCTYPES": str(self.types),
            "DOCTRAIL_PAGE_WORKERS": "1",
            "DOCTRAIL_REVIEW_SERVE": "false",
            **self.more,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return self.start_program(sys.executable, "-m", "app", *arguments)

    def start_program(self, *arguments: str) -> subprocess.Popen[str]:
        """Start any program here."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        return subprocess.Popen(
            arguments,
            cwd=self.folder,
            env=kept | self.variables | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hear(self, *arguments: str, code: int | None = 0) -> Said:
        """Return what a command says on each stream; it must end with ``code``, where that is given.

        It runs in this process: starting Python anew would take most of the time.
        """
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name, value in self.variables.items():
                patch.setenv(name, value)
            ended = run(list(arguments))
        structlog.reset_defaults()
        said = Said(out.getvalue(), err.getvalue(), ended)
        assert code in (ended, None), f"{arguments}: {said.everything}"
        assert not (self.home / "crashes").exists(), said.everything
        return said

    def type(self, *arguments: str, code: int = 0) -> str:
        """Return what a command prints, its complaints included where it must fail with ``code``."""
        said = self.hear(*arguments, code=code)
        return said.out if code == 0 else said.everything

    def ask(self, *arguments: str) -> Any:
        """Return the JSON that a command answers."""
        return json.loads(self.type(*arguments, "--json"))

    def work(self) -> None:
        """Let the agents do whatever is left."""
        self.type("run", "--drain")

    def states(self) -> dict[str, int]:
        """Return how many documents are in each state."""
        counted: dict[str, int] = {}
        for count in self.ask("status")["documents"]:
            counted[count["state"]] = counted.get(count["state"], 0) + count["documents"]
        return counted


class running:  # noqa: N801 (reads as what it does)
    """A ``doctrail run`` in another terminal, stopped at the end unless it died before."""

    def __init__(self, terminal: Terminal) -> None:
        self._process = terminal.start("run")

    def __enter__(self) -> subprocess.Popen[str]:
        """Return the process once its agents have started."""
        started = sum(1 for _ in until(self._process, "worker.started", AGENTS))
        assert started == AGENTS
        return self._process

    def __exit__(self, *exc: object) -> None:
        """Stop it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        # Read to the end even of a dead one, so that its pipes are closed.
        self._process.communicate(timeout=STOP_SECONDS)


def until(process: subprocess.Popen[str], words: str, count: int = 1) -> Iterator[str]:
    """Yield the first ``count`` lines of the process's standard error that hold ``words``."""
    for line in process.stderr or ():
        if words in line:
            yield line
            count -= 1
        if not count:
            return
