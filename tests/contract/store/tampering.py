"""A hand that changes stored bytes behind a store's back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import boto3

from store.memory import MemoryStore


class Tampering(Protocol):
    """Reaches behind one adapter."""

    def put(self, key: str, data: bytes) -> None: ...


@dataclass
class MemoryTampering:
    store: MemoryStore

    def put(self, key: str, data: bytes) -> None:
        self.store.objects[key] = data


@dataclass
class BucketTampering:
    bucket: str
    prefix: str

    def put(self, key: str, data: bytes) -> None:
        client = boto3.session.Session().client("s3")
        client.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}", Body=data)


@dataclass
class FileTampering:
    root: Path

    def put(self, key: str, data: bytes) -> None:
        (self.root / key).write_bytes(data)
