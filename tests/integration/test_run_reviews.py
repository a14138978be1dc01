"""The review page beside the agents, as ``doctrail run`` serves it."""

from __future__ import annotations

import signal
import socket
from dataclasses import replace
from pathlib import Path

import httpx2

from tests.integration.installation import copy_of_types
from tests.integration.terminal import Terminal, until


def served(tmp_path: Path, port: int) -> Terminal:
    terminal = Terminal(tmp_path, copy_of_types(tmp_path, trained=False))
    return replace(terminal, more={"DOCTRAIL_REVIEW_SERVE": "true", "DOCTRAIL_REVIEW_PORT": str(port)})


def test_a_run_serves_the_review_page_on_loopback_until_it_is_stopped(tmp_path: Path) -> None:
    with served(tmp_path, 0).start("run") as process:
        (line,) = until(process, "review page: ")
        address = line.removeprefix("review page: ").strip()
        page = httpx2.get(address, timeout=60).text
        process.send_signal(signal.SIGTERM)
        _, complained = process.communicate(timeout=60)

    assert address.startswith("http://127.0.0.1:")
    assert "doctrail" in page
    assert process.returncode == 0, complained


def test_a_port_that_is_taken_is_said_and_the_agents_work_all_the_same(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with served(tmp_path, taken.getsockname()[1]).start("run") as process:
            (complaint,) = until(process, "review page")
            assert list(until(process, "worker.started"))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    assert "the review page is not served" in complaint
    assert "DOCTRAIL_REVIEW_PORT" in complaint
    assert process.returncode == 0
