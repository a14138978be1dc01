"""The adapters that the contract is run against."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.connect import connect
from store.memory import MemoryStore
from store.protocol import ObjectStore
from tests.contract.store.tampering import BucketTampering, FileTampering, MemoryTampering, Tampering
from tests.services import bucket_on, lacking

ADAPTERS = ["memory", "file"] + ([] if lacking("s3") else ["s3"])


@pytest.fixture(scope="session")
def bucket(s3: dict[str, str]) -> Iterator[str]:
    """A bucket on a real server, while this process has what it takes to use it."""
    yield from bucket_on(s3, "doctrail-test")


@pytest.fixture(params=ADAPTERS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ObjectStore, Tampering]]:
    """An empty store and a hand that reaches behind it. Another adapter adds its name here."""
    if request.param == "memory":
        memory = MemoryStore()
        yield memory, MemoryTampering(memory)
        return
    if request.param == "s3":
        bucket, prefix = str(request.getfixturevalue("bucket")), f"t/{uuid.uuid4().hex}"
        yield connect(f"s3://{bucket}/{prefix}"), BucketTampering(bucket, prefix)
        return
    store = connect(f"file://{tmp_path}/objects")
    yield store, FileTampering(tmp_path / "objects")
    store.close()  # type: ignore[attr-defined]  # the file adapter holds threads and a lock


@pytest.fixture
def store(backend: tuple[ObjectStore, Tampering]) -> ObjectStore:
    return backend[0]


@pytest.fixture
def tamper(backend: tuple[ObjectStore, Tampering]) -> Tampering:
    return backend[1]


@pytest.fixture
def open_file_store(tmp_path: Path) -> Iterator[Callable[[], ObjectStore]]:
    """Opens the same file store again and again, as processes do."""
    opened = []

    def open_one() -> ObjectStore:
        opened.append(connect(f"file://{tmp_path}/objects"))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()  # type: ignore[attr-defined]  # the file adapter holds threads and a lock
