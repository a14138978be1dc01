"""Whoever holds the review queue to account after a load sees what is wrong with it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from benchmarks.reviewers.checking import Findings, Line, check, read_journals
from catalog.engine import open_engine
from review.queue.tables import decisions, outbox, tasks
from review.queue.tasks import row_of
from tests import review_tables
from tests.contract.review.conftest import NOW, task


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it."""
    return review_tables.make(tmp_path_factory.mktemp("load") / "reviews.db")


@pytest.fixture
def queue(made: Path) -> Iterator[Connection]:
    """A queue of which a was decided and released, b is held, c was undone, and d is open; rolled back."""
    engine = open_engine(f"sqlite:///{made}")
    with engine.connect() as connection, connection.begin() as transaction:
        for name, state, way in (
            ("a", "done", "released"),
            ("b", "held", "held"),
            ("c", "open", "undone"),
            ("d", "open", None),
        ):
            changes = {"state": state, "decided_by": "anna" if state in ("done", "held") else None}
            connection.execute(insert(tasks).values(**{**row_of(task(name)), **changes}))
            if way:
                decide(connection, name, way)
        yield connection
        transaction.rollback()
    engine.dispose()


def decide(connection: Connection, name: str, way: str | None, who: str = "anna", number: int = 1) -> None:
    found = {
        "decision_id": f"{name}{number}",
        "task_id": name,
        "number": number,
        "reviewer_id": who,
        "lane": "routed",
        "queue": "invoice",
        "document_id": f"doc-{name}",
        "run_id": f"run-{name}",
        "kind": "fields",
        "body": {},
        "active_ms": 0,
        "keystrokes": 0,
        "hard_case": False,
        "claimed_at": NOW,
        "decided_at": NOW,
        "idempotency_key": f"key {name} {number}",
        "request_digest": "",
    }
    connection.execute(insert(decisions).values(**found))
    if way is not None:
        out = {"decision_id": found["decision_id"], "task_id": name, "state": way, "publishes": True}
        connection.execute(insert(outbox).values(release_at=NOW, **out))


def decided(name: str, **changes: Any) -> Line:
    told = {"event": "decided", "at": 1.0, "who": "anna", "task": name, "decision": f"{name}1"}
    return {**told, "key": f"key {name} 1", **changes}


def claimed(who: str, sent: float, told: float, lasts: float = 300.0) -> Line:
    until = datetime.fromtimestamp(told + lasts, UTC).isoformat()
    return {"event": "claimed", "at": told, "sent": sent, "who": who, "task": "d", "until": until}


HONEST = [
    decided("a"),
    decided("b"),
    decided("c"),
    {"event": "undone", "at": 2.0, "who": "anna", "task": "c"},
]


def test_a_queue_that_kept_its_word_is_clean(queue: Connection) -> None:
    assert check(queue, HONEST) == Findings()
    assert Findings().clean


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("DELETE FROM review_decisions WHERE decision_id = 'b1'", {"lost", "disagreeing"}),
        ("DELETE FROM review_outbox WHERE decision_id = 'c1'", {"lost"}),
        ("UPDATE review_outbox SET state = 'held' WHERE decision_id = 'c1'", {"lost", "disagreeing"}),
        ("UPDATE review_decisions SET reviewer_id = 'bert' WHERE decision_id = 'c1'", {"lost"}),
        ("UPDATE review_tasks SET state = 'open' WHERE task_id = 'a'", {"disagreeing"}),
        ("UPDATE review_tasks SET state = 'held' WHERE task_id = 'a'", {"disagreeing"}),
        ("UPDATE review_tasks SET decided_by = 'bert' WHERE task_id = 'b'", {"disagreeing"}),
        ("UPDATE review_tasks SET state = 'done' WHERE task_id = 'd'", {"disagreeing"}),
        ("UPDATE review_decisions SET run_id = 'run-a' WHERE decision_id = 'b1'", {"duplicated"}),
    ],
)
def test_what_the_tables_lost_or_doubled_is_found(queue: Connection, statement: str, kinds: set[str]) -> None:
    queue.execute(text(statement))

    found = check(queue, HONEST)

    assert {kind for kind, wrong in vars(found).items() if wrong} == kinds
    assert not found.clean


def test_a_task_decided_by_two_people_is_found(queue: Connection) -> None:
    decide(queue, "b", "held", "bert", number=2)

    assert check(queue, HONEST).duplicated == ["task b: 2"]


@pytest.mark.parametrize(
    "told",
    [decided("d"), decided("a", decision="x"), decided("a", key="other"), decided("a", who="bert")],
)
def test_a_decision_that_somebody_was_told_of_and_that_is_not_there_is_lost(
    queue: Connection, told: Line
) -> None:
    assert len(check(queue, [*HONEST, told]).lost) == 1


def test_an_undo_that_somebody_was_told_of_and_that_is_not_there_is_lost(queue: Connection) -> None:
    told = {"event": "undone", "at": 2.0, "who": "anna", "task": "a"}

    assert check(queue, [*HONEST, told]).lost == ["undo of a"]


@pytest.mark.parametrize("between", ["", "deciding", "left", "undoing", "ended"])
def test_two_people_have_a_task_only_one_after_the_other(queue: Connection, between: str) -> None:
    over = [{"event": between, "at": 12.0, "who": "anna", "task": "d"}] if between else []
    journal = [claimed("anna", 9.0, 10.0), *over, claimed("bert", 13.0, 14.0)]

    assert check(queue, [*HONEST, *journal]).claimed_twice == ([] if between else ["task d"])


def test_two_people_who_ask_at_once_are_never_given_the_same(queue: Connection) -> None:
    journal = [claimed("anna", 9.0, 11.0), claimed("bert", 10.0, 12.0)]

    assert check(queue, [*HONEST, *journal]).claimed_twice == ["task d"]


def test_a_claim_that_ran_out_before_it_was_told_of_is_nobodys_fault(queue: Connection) -> None:
    ran_out = [claimed("anna", 9.0, 10.0, lasts=3.0), claimed("bert", 13.0, 14.0)]
    at_once = [claimed("anna", 9.0, 11.0, lasts=0.5), claimed("bert", 10.0, 12.0)]
    told_late = [claimed("anna", 9.0, 11.0), claimed("bert", 8.0, 12.0, lasts=-3.0)]
    ended = [
        {"event": "ended", "at": 8.5, "task": "d"},
        claimed("anna", 9.0, 11.0),
        claimed("bert", 8.0, 12.0),
    ]
    again = [claimed("anna", 9.0, 10.0), claimed("anna", 13.0, 14.0)]
    others = [{"event": "left", "at": 12.0, "who": "carla", "task": "d"}]

    assert check(queue, [*HONEST, *ran_out]).claimed_twice == []
    assert check(queue, [*HONEST, *at_once]).claimed_twice == []
    assert check(queue, [*HONEST, *told_late]).claimed_twice == []
    assert check(queue, [*HONEST, *ended]).claimed_twice == []
    assert check(queue, [*HONEST, *again]).claimed_twice == []
    twice = [claimed("anna", 9.0, 10.0), *others, claimed("bert", 13.0, 14.0)]
    assert check(queue, [*HONEST, *twice]).claimed_twice == ["task d"]


def test_journals_are_read_in_the_order_of_time_up_to_where_somebody_was_killed(tmp_path: Path) -> None:
    whole, cut = json.dumps({"at": 2.0, "event": "b"}), json.dumps({"at": 1.0, "event": "a"})
    (tmp_path / "one.jsonl").write_text(f"{whole}\n")
    (tmp_path / "two.jsonl").write_text(f'{cut}\n{{"at": 3.0, "eve')

    assert [line["event"] for line in read_journals(tmp_path.glob("*.jsonl"))] == ["a", "b"]
