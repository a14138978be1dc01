"""The adapters that the contract is run against."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.kafka_address import parse_address
from bus.kafka_admin import Admin
from tests.contract.bus.support import KAFKA, USED
from tests.secure_kafka import SecureBroker, runtime, secure_broker
from tests.services import lacking

ADAPTERS = ["sqlite"] + ([] if lacking("kafka") else ["kafka"])


@pytest.fixture(scope="session")
def corners(kafka: str) -> Iterator[list[str]]:  # noqa: ARG001 (it outlives the corners)
    """URLs that tests were given; what they made there goes when the session ends.

    Not asynchronous: every test of the session would then share one task, and what one left on it.
    """
    used: list[str] = []
    yield used
    if used:
        asyncio.run(_clear(used))


async def _clear(used: list[str]) -> None:
    addresses = [parse_address(url, KAFKA) for url in used]
    async with Admin(addresses[0]) as admin:
        await admin.delete([address.prefix + topic for address in addresses for topic in USED])


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    """A broker with TLS, every way to log in, and an authorizer; it takes its time to start."""
    libs = runtime()
    assert libs is not None
    with secure_broker(tmp_path_factory.mktemp("secure"), libs) as started:
        yield started


@pytest.fixture(params=ADAPTERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty bus; opening it again finds the same log. Another adapter adds its name here."""
    if request.param == "kafka":
        found = f"kafka://{request.getfixturevalue('kafka')}/{uuid.uuid4().hex[:12]}."
        request.getfixturevalue("corners").append(found)
        return found
    return f"sqlite:///{tmp_path}/bus.db"
