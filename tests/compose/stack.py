"""A compose project of its own: other ports, other secrets, another inbox; nothing of it stays."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
AGENTS = ("intake", "gatekeeper", "extraction", "validation", "review", "catalog")
SERVERS = ("reviews", "model", "mcp-rag", "mcp-db", "mcp-graph")
ROLES = (*AGENTS, *SERVERS, "alerts", "nightly", "shadow", "watch")
"""The services that run our image for ever."""

T = TypeVar("T")


class Failure(Exception):  # noqa: N818 (no error of the program: what was looked for was not found)
    """The services did not do what they must."""


@dataclass
class Stack:
    """The services of one compose project.

    Attributes:
        folder: Holds its secrets and its inbox.
        name: The project's.
        password: Of the reviewer ``admin``.
        review: Where people review, once it is prepared.
    """

    folder: Path
    name: str = field(default_factory=lambda: f"doctrail-test-{secrets.token_hex(3)}")
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    review: str = ""

    def prepare(self) -> None:
        """Write the settings; nothing starts."""
        # Whoever reads the inbox in a container is another user than ours.
        self.folder.chmod(0o755)
        self.inbox.mkdir()
        taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
        ports = [one.getsockname()[1] for one in taken]
        for one in taken:
            one.close()
        self.review = f"http://localhost:{ports[3]}"
        lines = [
            *(f"{name}={secrets.token_hex(16)}" for name in secret_names() - {"REVIEW_ADMIN_PASSWORD"}),
            f"KAFKA_PORT={ports[0]}",
            f"S3_PORT={ports[1]}",
            f"POSTGRES_PORT={ports[2]}",
            f"REVIEW_PORT={ports[3]}",
            f"REVIEW_ADMIN_PASSWORD={self.password}",
            "COMPOSE_PROFILES=model,shadow",
            f"INBOX={self.inbox}",
            f"SETTINGS={self.folder / 'settings'}",
        ]
        settings = [
            "DOCTRAIL_MODEL_URL=bedrock+http://model:8190",
            "DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES=true",
        ]
        for name, held in (("env", lines), ("settings", settings)):
            (self.folder / name).write_text("\n".join(held) + "\n", encoding="utf-8")

    @property
    def inbox(self) -> Path:
        """The watched folder."""
        return self.folder / "inbox"

    def compose(self, *arguments: str, given: str | None = None, seconds: float = 300) -> str:
        """Return what ``docker compose`` printed.

        Raises:
            Failure: It failed or took too long.
        """
        command = ["docker", "compose", "--project-name", self.name, "--env-file", str(self.folder / "env")]
        shown = f"docker compose {' '.join(arguments)}"
        # Our own settings must not reach the services, and the shell's would outrank the file's.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DOCTRAIL_", "AWS_"))}
        try:
            done = subprocess.run(
                [*command, *arguments],
                cwd=ROOT,
                env=environment,
                input=given or "",
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{shown} did not end within {seconds:.0f} s") from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-600:]
            raise Failure(f"{shown} ended with {done.returncode}: {said}")
        return done.stdout

    def ask(self, *arguments: str) -> str:
        """Return what a doctrail command says, asked where people ask."""
        return self.compose("exec", "-T", "watch", "doctrail", *arguments)

    def trace(self, document_id: str) -> dict[str, Any]:
        """Return the trace of a document."""
        found: dict[str, Any] = json.loads(self.ask("trace", document_id, "--json"))
        return found

    def api(
        self, method: str, path: str, body: dict[str, str] | None = None, cookie: str = ""
    ) -> tuple[int, Any, str]:
        """Return the status, the JSON and the cookie that the review API answers with."""
        headers = {"Content-Type": "application/json", "Origin": self.review, "Cookie": cookie}
        data = None if body is None else json.dumps(body).encode()
        asked = Request(self.review + path, data=data, method=method, headers=headers)  # noqa: S310 (loopback)
        try:
            with urlopen(asked, timeout=60) as answer:  # noqa: S310
                cookies = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or ()]
                said = answer.read()
                return answer.status, json.loads(said) if said else None, "; ".join(cookies)
        except HTTPError as error:
            return error.code, error.read().decode(errors="replace")[:300], ""

    def containers(self) -> list[dict[str, Any]]:
        """Return every container with its state."""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return [json.loads(line) for line in lines if line.strip()]

    def logs(self) -> str:
        """Return the end of every service's log."""
        return self.compose("logs", "--tail", "25", "--no-color")

    def down(self) -> None:
        """Remove everything but the image."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")


def secret_names() -> set[str]:
    """Return the names of the secrets that ``make up`` makes: those that .env.example leaves empty."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return {line[:-1] for line in lines if line.endswith("=") and not line.startswith("#")}


def until(what: str, look: Callable[[], T | None], *, seconds: float, every: float = 1.0) -> T:
    """Return what ``look`` finds.

    Raises:
        Failure: It found nothing in time.
    """
    end = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
    return found
