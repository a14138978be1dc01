"""Some reviewers in one process, which may be killed at any moment.

Everything is written down before it is asked and after it is answered, a line at a time, so that what was
promised to somebody is known whatever happens to him. ``python -m benchmarks.reviewers.clients`` reads its
instructions as a line of JSON from standard input, says that it is ready, and begins when its input ends:
what starting such a process takes is nothing that people do to a server.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

GIVE_UP = 60.0
READY = "ready"
AHEAD, REPLAYED, UNDONE, RELEASED, SLOW = 3, 0.05, 0.05, 0.05, 0.05
"""Tasks claimed at once; shares of decisions sent twice and undone, of tasks given back, of late ones."""


@dataclass(frozen=True)
class Orders:
    """What the people of a process are told.

    Attributes:
        url: Where the queue is served.
        journal: File that everything is written into.
        people: Reviewer ids with the secrets of their tokens.
        seconds: How long they work.
        think: Seconds somebody looks at a record.
    """

    url: str
    journal: str
    people: list[tuple[str, str]]
    seconds: float
    think: float
    seed: int


class Journal:
    """Lines that are with the system before anything else happens; a killed process loses none."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, **line: Any) -> None:
        """Write one line."""
        os.write(self._file, (json.dumps({"at": time.time(), **line}) + "\n").encode())


class Person:
    """One reviewer: claims ahead, looks at pages, decides, now and then repeats, undoes or gives back."""

    def __init__(self, orders: Orders, who: str, secret: str, journal: Journal) -> None:
        self._orders = orders
        self._who = who
        self._journal = journal
        self._random = random.Random(f"{orders.seed} {who}")
        self._client = httpx2.AsyncClient(
            base_url=orders.url, headers={"Authorization": f"Bearer {secret}"}, timeout=GIVE_UP
        )

    async def work(self) -> None:
        """Work until the time is over."""
        end = time.monotonic() + self._orders.seconds
        await asyncio.sleep(self._random.random() * self._orders.think)
        async with self._client:
            while time.monotonic() < end:
                claimed = await self._claim()
                for number, task in enumerate(claimed):
                    await self._record(task, ahead=number > 0)
                if not claimed:
                    await asyncio.sleep(1)

    async def _claim(self) -> list[dict[str, Any]]:
        sent = time.time()
        answer = await self._ask("claim", "POST", "/v1/review/claim", json={"n": AHEAD})
        if answer is None or answer.status_code != 200:
            return []
        found: list[dict[str, Any]] = answer.json()["tasks"]
        for one in found:
            self._journal.write(
                event="claimed",
                who=self._who,
                task=one["task_id"],
                token=one["lease"]["token"],
                until=one["lease"]["until"],
                sent=sent,
            )
        return found

    async def _record(self, task: dict[str, Any], *, ahead: bool) -> None:
        whim = self._random.random
        path, lease = f"/v1/review/{task['task_id']}", {"Lease-Token": task["lease"]["token"]}
        if ahead:
            beat = await self._ask("heartbeat", "POST", f"{path}/heartbeat", headers=lease)
            if beat is not None and beat.status_code == 409:
                self._journal.write(event="left", who=self._who, task=task["task_id"])
                return
        for page in task["pages"][:1]:
            await self._ask("image", "GET", page["image"])
        await asyncio.sleep(self._orders.think * (0.5 + whim()))
        if whim() < RELEASED:
            self._journal.write(event="left", who=self._who, task=task["task_id"])
            await self._ask("release", "POST", f"{path}/release", headers=lease)
            return
        if whim() < SLOW:
            # Long enough for the lease to be ended by others meanwhile.
            await asyncio.sleep(3 * self._orders.think)
        await self._decide(task, path, lease)

    async def _decide(self, task: dict[str, Any], path: str, lease: dict[str, str]) -> None:
        key = f"{self._random.getrandbits(128):032x}"
        headers = {"If-Match": task["etag"], "Idempotency-Key": key, **lease}
        read = {one["path"] for one in task["fields"] if one.get("readings") or one.get("cells")}
        fields = [
            {"path": name, "action": "accept" if name in read else "absent", "ms": 900}
            for name in task["asked"]
        ]
        broken = [one["rule"] for one in task["rules"]]
        body = {
            "fields": fields,
            "active_ms": 6000,
            "overrides": [{"rule": rule, "reason": "as it stands"} for rule in broken],
        }
        self._journal.write(event="deciding", who=self._who, task=task["task_id"], key=key)
        for again in range(2 if self._random.random() < REPLAYED else 1):
            answer = await self._ask("submit", "PUT", f"{path}/decision", json=body, headers=headers)
            if answer is None or answer.status_code != 200:
                return
            self._journal.write(
                event="decided",
                who=self._who,
                task=task["task_id"],
                key=key,
                decision=answer.json()["decision_id"],
                again=again,
            )
        if self._random.random() < UNDONE:
            await self._undo(task, path)

    async def _undo(self, task: dict[str, Any], path: str) -> None:
        self._journal.write(event="undoing", who=self._who, task=task["task_id"])
        back = await self._ask("undo", "POST", f"{path}/undo")
        if back is not None and back.status_code == 200:
            given = back.json()
            self._journal.write(
                event="undone", who=self._who, task=task["task_id"], token=given["lease"]["token"]
            )
            self._journal.write(event="left", who=self._who, task=task["task_id"])
            released = {"Lease-Token": given["lease"]["token"]}
            await self._ask("release", "POST", f"{path}/release", headers=released)

    async def _ask(self, what: str, method: str, path: str, **more: Any) -> httpx2.Response | None:
        """Ask until there is an answer, as the page does; None where there is none within ``GIVE_UP``."""
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            began = time.perf_counter()
            try:
                answer = await self._client.request(method, path, **more)
            except httpx2.TransportError:
                self._journal.write(event="unanswered", what=what)
                await asyncio.sleep(0.2)
                continue
            took = (time.perf_counter() - began) * 1000
            self._journal.write(event="answer", what=what, status=answer.status_code, ms=round(took, 2))
            if answer.status_code not in (429, 503):
                return answer
            await asyncio.sleep(0.2)
        return None


async def work(people: Sequence[Person]) -> None:
    """Let everybody of this process work."""
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(person.work())


def main() -> None:
    """Get ready, wait for the word, work."""
    orders = Orders(**json.loads(sys.stdin.readline()))
    journal = Journal(orders.journal)
    people = [Person(orders, who, secret, journal) for who, secret in orders.people]
    print(READY, flush=True)
    sys.stdin.read()
    asyncio.run(work(people))


if __name__ == "__main__":
    main()
