"""Where ``doctrail`` begins: that a process is well is found without putting the command line together."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.clock import utc_now
from ops.health import complaint

HEARTBEAT = "DOCTRAIL_HEARTBEAT"


def main() -> None:
    """Run one command and leave with its exit code.

    ``doctrail health`` is asked of every container every few seconds, and nearly always all is well: where
    the environment names the heartbeat, that is said by the exit code alone, at a tenth of the CPU. What is
    not well goes the way of every command, which says why.
    """
    if sys.argv[1:] == ["health"] and _is_well(os.environ.get(HEARTBEAT, "")):
        return
    from app.cli import main as command_line

    command_line()


def _is_well(heartbeat: str) -> bool:
    return bool(heartbeat) and complaint(Path(heartbeat), utc_now()) is None
