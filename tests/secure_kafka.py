"""A broker that lets nobody in without TLS and a login, from the runtime of ``DOCTRAIL_SERVICES``."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import HEAP, free_port

USER, PASSWORD = "doctrail", "let me/in"
LIMITED = "limited"
"""Somebody with the same password who may do only what an ACL grants; ``USER`` may do everything."""
START_SECONDS = 60
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_MODULES = "org.apache.kafka.common.security"
_QUOTED = PASSWORD.replace('"', '\\"')
_LOGINS = {
    "plain": f'{_MODULES}.plain.PlainLoginModule required user_{USER}="{_QUOTED}";',
    "scram-sha-256": f"{_MODULES}.scram.ScramLoginModule required;",
    "scram-sha-512": f"{_MODULES}.scram.ScramLoginModule required;",
    "oauthbearer": (
        f'{_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
    ),
}
_LOGGING = """appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%p %m%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
"""
"""Without it a broker says nothing, not even that it started."""


@dataclass(frozen=True)
class SecureBroker:
    """Where it listens, and who signed its certificate."""

    server: str
    ca: Path


def runtime() -> Path | None:
    """Return the folder of the broker's jars, or None where there is none."""
    base = os.environ.get("SERVICES_DIR") or str(
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doctrail-services"
    )
    found = [done.parent for done in Path(base, "kafka").glob("libs-*/.complete")]
    able = os.environ.get("DOCTRAIL_SERVICES") and shutil.which("java") and shutil.which("openssl")
    return max(found) if found and able else None


@contextmanager
def secure_broker(folder: Path, libs: Path) -> Iterator[SecureBroker]:
    """Start a broker with its data in ``folder``."""
    port = free_port()
    certificate = _certificate(folder)
    properties = folder / "server.properties"
    properties.write_text(_properties(folder, port))
    logging = folder / "log4j2.properties"
    logging.write_text(_LOGGING)
    java = ["java", *HEAP.split(), f"-Dlog4j2.configurationFile={logging}", "-cp", f"{libs}/*"]
    users = [
        f"{mechanism}=[name={name},password={PASSWORD}]"
        for mechanism in MECHANISMS
        if mechanism.startswith("SCRAM")
        for name in (USER, LIMITED)
    ]
    format_storage = ["kafka.tools.StorageTool", "format", "--cluster-id", "c2VjdXJlLWJyb2tlcg", "--config"]
    scram = [part for user in users for part in ("--add-scram", user)]
    subprocess.run([*java, *format_storage, str(properties), *scram], check=True, capture_output=True)
    log = folder / "log"
    with log.open("wb") as out:
        broker = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=out, stderr=out)
    try:
        _await_start(broker, log)
        yield SecureBroker(f"127.0.0.1:{port}", certificate)
    finally:
        broker.kill()
        broker.wait()


def _await_start(broker: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while b"Kafka Server started" not in log.read_bytes():
        if broker.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the broker did not start: {log.read_text(errors='replace')[-600:]}")
        time.sleep(0.05)


def _certificate(folder: Path) -> Path:
    """Make a certificate that signs itself, and the file of key and certificate that a broker wants."""
    key, certificate = folder / "key.pem", folder / "ca.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=broker",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    (folder / "keystore.pem").write_text(key.read_text() + certificate.read_text())
    return certificate


def _properties(folder: Path, port: int) -> str:
    own = "listener.name.clients"
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{port + 100}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENTS://127.0.0.1:{port},INSIDE://127.0.0.1:0,CONTROLLER://127.0.0.1:{port + 100}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{port},INSIDE://127.0.0.1:{port + 50}",
        "inter.broker.listener.name": "INSIDE",
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": ",".join(MECHANISMS),
        f"{own}.ssl.keystore.type": "PEM",
        f"{own}.ssl.keystore.location": str(folder / "keystore.pem"),
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{USER};User:ANONYMOUS",
        **{f"{own}.{mechanism}.sasl.jaas.config": login for mechanism, login in _LOGINS.items()},
    }
    return "\n".join(f"{name}={value}" for name, value in lines.items()) + "\n"
