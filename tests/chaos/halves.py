"""An S3 server killed among many writers, again and again: what it keeps half of is finished, or it is told.

Usage: python -m tests.chaos.halves --services DIR [--seed 1] [--kills 25] [--writers 24]

DIR holds the script ``s3``, whose server keeps metadata beside the objects. Every put that got no answer is
looked at by a store that remembers nothing (is its key half kept?), and then made by the one that began it,
with other bytes: what stands there must be whole, and the bytes of one of the two. Exits with 1 where not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import boto3

from schemas.errors import TransientError
from store.protocol import HalfKeptError
from store.s3 import S3Store
from tests.chaos.scaled import Service
from tests.services import owner

PORT = 21900
BUCKET = "chaos-halves"
OTHERS = b"of a later run"


@dataclass
class Tally:
    """What was seen, key by key."""

    acknowledged: int = 0
    half_kept: int = 0
    finished: int = 0
    wrong: list[str] = field(default_factory=list)


def bytes_of(key: str) -> bytes:
    """Return what is put under ``key`` at first."""
    return key.encode() * 50


async def torment(server: Service, store: S3Store, writers: int, seconds: float, tally: Tally) -> list[str]:
    """Put with so many writers until the server is killed; return the keys that got no answer."""
    unanswered: list[str] = []

    async def put_on(writer: int) -> None:
        for number in count():
            key = f"documents/{writer}/{number}.json"
            try:
                await store.create(key, bytes_of(key))
            except TransientError:
                unanswered.append(key)
                return
            tally.acknowledged += 1

    async with asyncio.TaskGroup() as tasks:
        for writer in range(writers):
            tasks.create_task(put_on(writer))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.kill)
    return unanswered


async def look(key: str, store: S3Store, stranger: S3Store, tally: Tally) -> None:
    """Find out what became of a put without an answer, and make it again with other bytes."""
    try:
        await stranger.create(key, OTHERS)
        half = False
    except HalfKeptError:
        half = True
    standing = (await store.create(key, OTHERS)).data
    tally.half_kept += half
    tally.finished += half and standing == bytes_of(key)
    if standing not in ([bytes_of(key)] if half else [bytes_of(key), OTHERS]):
        tally.wrong.append(key)
    if await stranger.fetch(key) != standing:
        tally.wrong.append(key)


async def run(server: Service, asked: argparse.Namespace) -> Tally:
    """Kill the server so many times and return what was seen."""
    tally, moments = Tally(), random.Random(asked.seed)
    boto3.session.Session().client("s3").create_bucket(Bucket=BUCKET)
    for number in range(asked.kills):
        store, stranger = (S3Store(BUCKET, f"kill-{number}") for _ in range(2))
        keys = await torment(server, store, asked.writers, moments.uniform(0.1, 0.6), tally)
        await asyncio.to_thread(server.start)
        for key in keys:
            await look(key, store, stranger, tally)
    return tally


def main() -> int:
    """Run it on a server of its own; return 0 if everything stands as it should."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--services", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--writers", type=int, default=24)
    asked = parser.parse_args()
    server = Service(asked.services / "s3", {"S3_PORT": str(PORT)})
    server.tell("clean")
    server.start()
    try:
        os.environ.update(owner(PORT))
        tally = asyncio.run(run(server, asked))
    finally:
        server.tell("clean")
    print(
        f"halves: seed {asked.seed}, {asked.kills} kills among {asked.writers} writers, "
        f"{tally.acknowledged} puts acknowledged, {tally.half_kept} keys half kept, "
        f"{tally.finished} of them finished with their own bytes, {len(tally.wrong)} wrong"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
