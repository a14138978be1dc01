"""Real services for tests: one that runs already, or one started for the session from a folder of scripts.

``DOCTRAIL_TEST_KAFKA`` names brokers as ``host:port[,host:port]``, ``DOCTRAIL_TEST_S3`` an S3 endpoint (its
keys where AWS tools look for them), ``DOCTRAIL_TEST_POSTGRES`` a database's URL. Else ``DOCTRAIL_SERVICES``
names a folder with scripts ``kafka``, ``s3`` and ``postgres`` (``start``, ``kill``, ``clean``; their ports
in ``KAFKA_PORT``, …), and each session, or worker of one, starts a server of its own and removes it
afterwards. With neither, tests of a service are left out with a reason, or fail where ``DOCTRAIL_REQUIRE``
names it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

START_SECONDS, STARTS = 900, 3
HEAP = "-Xms128m -Xmx384m"


def required() -> frozenset[str]:
    """Names of services whose absence must fail."""
    return frozenset(name.strip() for name in os.environ.get("DOCTRAIL_REQUIRE", "").split(",")) - {""}


def lacking(service: str) -> str | None:
    """Return why tests of ``service`` are left out, or None where they are not."""
    running = f"DOCTRAIL_TEST_{service.upper()}"
    if service in required() or os.environ.get(running) or os.environ.get("DOCTRAIL_SERVICES"):
        return None
    return f"set {running} to where it runs, or DOCTRAIL_SERVICES to a folder of scripts that start it"


def kafka_servers() -> Iterator[str]:
    """Yield the brokers' addresses."""
    named = os.environ.get("DOCTRAIL_TEST_KAFKA", "").removeprefix("kafka://")
    if named:
        yield named
        return
    with _started("kafka", {"KAFKA_BROKERS": "1", "KAFKA_HEAP": HEAP, "KAFKA_WAIT": "600"}) as (port, _):
        yield f"127.0.0.1:{port}"


def bucket_on(server: Mapping[str, str], name: str) -> Iterator[str]:
    """Yield a new bucket of ``server``, while this process has what it takes to use it."""
    import boto3

    with pytest.MonkeyPatch.context() as environment:
        for variable, value in server.items():
            environment.setenv(variable, value)
        boto3.session.Session().client("s3").create_bucket(Bucket=name)
        yield name


def s3_server() -> Iterator[dict[str, str]]:
    """Yield the environment in which AWS tools find the server and may do everything there."""
    named = os.environ.get("DOCTRAIL_TEST_S3")
    if named:
        yield {"AWS_ENDPOINT_URL_S3": named}
        return
    with _started("s3", {}) as (port, _):
        yield owner(port)


@contextmanager
def announcing_s3_server(brokers: str, topic: str, events: Path) -> Iterator[dict[str, str]]:
    """Yield the same of a server of our own that sends the events named in a file to a topic."""
    announcing = {"S3_EVENT_KAFKA": brokers, "S3_EVENT_TOPIC": topic, "S3_EVENT_FILTER": str(events)}
    with _started("s3", announcing) as (port, _):
        yield owner(port)


@contextmanager
def versioning_s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the same of a server of our own whose buckets can keep versions, in ``folder``."""
    with _started("s3", {"VGW_VERSIONING_DIR": str(folder)}) as (port, _):
        yield owner(port)


def s3_folder(endpoint: str) -> Path | None:
    """Return where a server of our own keeps its buckets as folders, or None where it is another's."""
    if os.environ.get("DOCTRAIL_TEST_S3"):
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "doctrail-services")
    home = Path(os.environ.get("SERVICES_DIR") or cache)
    return home / "s3" / str(urlsplit(endpoint).port) / "buckets"


def owner(port: int) -> dict[str, str]:
    """Return the environment of who may do everything on a server that a script started."""
    return {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "doctrail",
        "AWS_SECRET_ACCESS_KEY": "doctrail-secret",
        "AWS_REGION": "us-east-1",
    }


LIMITED = {"AWS_ACCESS_KEY_ID": "limited", "AWS_SECRET_ACCESS_KEY": "limited-secret"}
"""Who may do on such a server what a bucket's policy grants, and nothing else."""


def postgres_server() -> Iterator[str]:
    """Yield the URL of a database whose owner may make schemas."""
    named = os.environ.get("DOCTRAIL_TEST_POSTGRES")
    if named:
        yield named
        return
    with _started("postgres", {}) as (_, tell):
        yield tell("dsn")


@contextmanager
def _started(service: str, settings: dict[str, str]) -> Iterator[tuple[int, Callable[[str], str]]]:
    """Start a server of our own; yield its port and a way to ask its script; remove it afterwards."""
    name = f"DOCTRAIL_TEST_{service.upper()}"
    folder = os.environ.get("DOCTRAIL_SERVICES")
    if not folder:
        pytest.fail(f"a test needs {service}; say where it runs in {name}, or name DOCTRAIL_SERVICES=folder")
    script = Path(folder, service)
    for tried in range(1, STARTS + 1):
        port = free_port()
        environment = {**os.environ, f"{service.upper()}_PORT": str(port), **settings}
        with _alone():
            # Its first start fetches what all share.
            started = _run(script, "start", environment)
        if not started.returncode:
            break
        # Whoever asks for any free port may get one of ours before the server does.
        _run(script, "kill", environment)
        _run(script, "clean", environment)
        if tried == STARTS:
            pytest.fail(f"{script} start failed: {started.stdout[-400:]}")
    try:
        yield port, lambda command: _run(script, command, environment).stdout.strip()
    finally:
        # Nothing of it is to be kept: no orderly end, which takes a database twenty seconds.
        _run(script, "kill", environment)
        _run(script, "clean", environment)


def _run(script: Path, command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


def free_port() -> int:
    """Return a port that is free together with those one and a hundred above it, which scripts use too."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 100))
            except (OSError, OverflowError):
                continue
            return port


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process of this machine at a time into the block."""
    with Path(tempfile.gettempdir(), "doctrail-test-services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
