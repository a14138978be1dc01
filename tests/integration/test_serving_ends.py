"""Whoever serves ends well when the operator asks to stop: a restart policy knows a crash from a stop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GIVE_UP_SECONDS = 300


@pytest.mark.parametrize("command", [("model", "serve"), ("mcp", "serve", "knowledge_graph")], ids=" ".join)
def test_a_server_that_is_asked_to_stop_ends_with_zero(command: tuple[str, ...], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *command, "--port", "0"],
        env={**os.environ, "DOCTRAIL_HOME": str(tmp_path / "home")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "answers at" in process.stdout.readline()
        process.terminate()

        assert process.wait(timeout=GIVE_UP_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()
