"""An installation on real services, seen from outside: a bucket, a database, and scripts that kill them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg

from tests.chaos.brokers import Brokers, own_brokers

S3_PORT, POSTGRES_PORT = 21500, 21700
CALL_SECONDS = 300
START_TRIES = 3


@dataclass(frozen=True)
class Service:
    """A server of our own, kept by a folder's script; ``which`` names one of several, where there are."""

    script: Path
    settings: Mapping[str, str]
    which: tuple[str, ...] = ()

    def start(self) -> None:
        """Start it, with the data it had; again where its script gave up on it, as on a busy machine."""
        for _ in range(START_TRIES - 1):
            with suppress(subprocess.CalledProcessError):
                self.tell("start")
                return
        self.tell("start")

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.tell("kill", *self.which)

    def tell(self, *command: str) -> str:
        """Return what its script answers to ``command``."""
        done = subprocess.run(
            [str(self.script), *command],
            env={**os.environ, **self.settings},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=CALL_SECONDS,
        )
        return done.stdout.strip()


@dataclass(frozen=True)
class Places:
    """Where an installation on services has what it has.

    Attributes:
        keys: The environment in which AWS tools find the S3 server.
        database: URL of a database for this installation alone.
    """

    brokers: str
    bucket: str
    keys: Mapping[str, str]
    database: str

    @property
    def environment(self) -> dict[str, str]:
        """What doctrail's processes are told."""
        return {
            **self.keys,
            "DOCTRAIL_STORE_URL": f"s3://{self.bucket}",
            "DOCTRAIL_DATABASE_URL": self.database,
        }

    def copy_objects(self, folder: Path) -> None:
        """Copy the whole bucket into ``folder``, a file per object."""
        client = self._client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]

        def copy(key: str) -> None:
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(copy, keys))

    def facts(self) -> list[str]:
        """Return the event ids in the catalog, one per row."""
        with psycopg.connect(self.database) as database:
            return [row[0] for row in database.execute("SELECT fact_id FROM facts")]

    def _client(self) -> Any:
        return boto3.session.Session(
            aws_access_key_id=self.keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.keys["AWS_SECRET_ACCESS_KEY"],
            region_name=self.keys["AWS_REGION"],
        ).client("s3", endpoint_url=self.keys["AWS_ENDPOINT_URL_S3"])


@dataclass(frozen=True)
class Servers:
    """The servers themselves, to be killed."""

    places: Places
    services: Mapping[str, Service]
    brokers: Brokers


@contextmanager
def own_servers(folder: Path, bucket: str, brokers: int) -> Iterator[Servers]:
    """Servers for the block, without data of before, and none left after."""
    s3 = Service(folder / "s3", {"S3_PORT": str(S3_PORT)})
    postgres = Service(folder / "postgres", {"POSTGRES_PORT": str(POSTGRES_PORT)})
    with ExitStack() as stack:
        cluster = stack.enter_context(own_brokers(folder, brokers))
        for service in (s3, postgres):
            service.tell("clean")
            service.start()
            stack.callback(service.tell, "clean")
        keys = {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{S3_PORT}",
            "AWS_ACCESS_KEY_ID": "doctrail",
            "AWS_SECRET_ACCESS_KEY": "doctrail-secret",
            "AWS_REGION": "us-east-1",
        }
        places = Places(cluster.addresses, bucket, keys, postgres.tell("dsn"))
        kafka = Service(cluster.script, cluster.settings, ("1",))
        yield Servers(places, {"s3": s3, "postgres": postgres, "kafka": kafka}, cluster)
