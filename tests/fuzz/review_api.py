"""The review API asked everything that its OpenAPI document allows, and much that it does not.

``python -m tests.fuzz.review_api [EXAMPLES]`` asks every route that often. Nothing may be answered in a way
that the document does not tell of, and nothing with a defect. Exits with 1 where something is.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from review.api.serving import Address, bind, serve
from review.people.accounts import Role
from tests import review_tables
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import HOST, Desk, open_desk

GIVE_UP = 120
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass
class Served:
    """A queue with a few tasks, served from a thread of its own.

    Attributes:
        known: Real values of path parameters and headers, by name.
    """

    desk: Desk
    url: str
    known: dict[str, str] = field(default_factory=dict)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a queue in ``folder`` while the block lasts."""
    ready, stop = threading.Event(), threading.Event()
    made: list[Served] = []

    async def run() -> None:
        review_tables.make(folder / "reviews.db")
        async with open_desk(folder) as desk, asyncio.TaskGroup() as group:
            for number in range(3):
                await desk.workshop.submit(f"{DOUBTFUL}\n{number}\n")
            task = await desk.claim()
            who = await desk.accounts.add("anna", (Role.REVIEWER,))
            token_id, _ = await desk.accounts.issue(who, "one", (Role.REVIEWER,), None)
            bound, ending = bind(Address("127.0.0.1", 0)), asyncio.Event()
            group.create_task(serve(desk.app, bound, ending))
            found = Served(desk, f"http://127.0.0.1:{bound.getsockname()[1]}")
            found.known = {
                "task_id": task["task_id"],
                "token": task["pages"][0]["words"].rpartition("/")[2],
                "reviewer_id": who,
                "token_id": token_id,
            }
            made.append(found)
            ready.set()
            await asyncio.to_thread(stop.wait)
            ending.set()

    def begin() -> None:
        try:
            asyncio.run(run())
        finally:
            ready.set()

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        assert ready.wait(GIVE_UP)
        yield made[0]
    finally:
        stop.set()
        thread.join(GIVE_UP)


def ask_everything(at: Served, examples: int) -> None:
    """Ask every route of the document ``examples`` times; raises where an answer is none that it tells of."""
    found = openapi.from_url(f"{at.url}/v1/openapi.json", headers={"Host": HOST})
    with httpx2.Client(base_url=at.url, headers={"Host": HOST}, timeout=GIVE_UP) as client:
        for result in found.get_all_operations():
            _claim_again(at, client)
            operation: Any = result
            _ask(at, operation.ok(), examples)


def _claim_again(at: Served, client: httpx2.Client) -> None:
    """Have the task claimed anew, whatever was done to it."""
    client.post(f"/v1/review/{at.known['task_id']}/undo")
    answer = client.post("/v1/review/claim", json={"task_id": at.known["task_id"]}).json()
    (task,) = answer["tasks"]
    at.known |= {"If-Match": task["etag"], "Lease-Token": task["lease"]["token"]}


def _ask(at: Served, operation: Any, examples: int) -> None:
    modes = [
        operation.as_strategy(generation_mode=mode)
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    ]

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), real=st.integers(0, 3))
    def one(case: Any, real: int) -> None:
        if real:
            _with_known(at, case)
        # Nothing is to be refused only for being asked too often.
        at.desk.clock.on(seconds=0.1)
        answer = case.call(base_url=at.url, headers={"Host": HOST}, timeout=GIVE_UP)
        at.answers[operation.label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    one()


def _with_known(at: Served, case: Any) -> None:
    for given_ in (case.path_parameters, case.headers):
        for name in given_ or ():
            if name in at.known:
                given_[name] = at.known[name]


def main(examples: int) -> int:
    """Ask, and print what was answered how often."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as at:
        ask_everything(at, examples)
        for (label, status), count in sorted(at.answers.items()):
            print(f"{label:45} {status} {count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
