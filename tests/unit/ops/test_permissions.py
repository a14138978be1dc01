from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.workers import AGENTS
from ops.granting import DeniedError, Look, permissions, require
from ops.permissions import AGENTS as ROLES_OF_AGENTS
from ops.permissions import ROLES, Need
from ops.permissions_page import page
from schemas.errors import TransientError
from store.actions import GET, PUT
from store.rights import FolderRights
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.watching import refusals, watching
from tests.unit.agents.workshop import decision

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


class Answering:
    """A service that grants what a test says."""

    identity = "somebody"

    def __init__(self, answer: Callable[[], bool | None]) -> None:
        self._answer = answer

    async def may(self, need: Need) -> bool | None:
        return self._answer()

    def resource(self, need: Need) -> str:
        return f"the {need.name}"

    def statement(self, need: Need) -> str:
        return f"grant {need.action}"


NEED = Need("topic", "Read", "inbox", "its messages")


def test_the_page_says_what_the_table_says() -> None:
    written = (ROOT / "docs" / "operations" / "permissions.md").read_text(encoding="utf-8")

    assert written == page(), "python -m ops.permissions_page > docs/operations/permissions.md"


def test_every_agent_is_a_role() -> None:
    assert ROLES_OF_AGENTS == AGENTS
    assert ROLES.keys() >= set(AGENTS)


async def test_agents_touch_no_folder_that_the_table_does_not_grant_them() -> None:
    workshop = await watching()
    await workshop.submit(SURE)
    await workshop.submit("SLIP\nshop: A Ltd\ntotal: 1.00\n\fSLIP\nshop: B Ltd\ntotal: 2.00\n")
    await workshop.submit('{"holds": {"a.txt": "SLIP\\nshop: A Ltd\\ntotal: 1.00\\n"}}')
    document_id = await workshop.submit(DOUBTFUL)
    await workshop.decide(decision(workshop, document_id))

    assert len(workshop.events("records.completed")) > 2


async def test_what_tells_agents_that_a_document_was_erased_is_granted_to_them() -> None:
    workshop = await watching()
    document_id = await workshop.submit(DOUBTFUL)

    assert await refusals(workshop, document_id) == {"gatekeeper", "extraction", "validation"}


@pytest.mark.parametrize(("answer", "state"), [(True, "ok"), (False, "fail"), (None, "unknown")])
async def test_an_answer_is_told_with_who_what_and_how(answer: bool | None, state: str) -> None:
    (found,) = await permissions("intake", [Look(Answering(lambda: answer), [NEED])])

    assert (found.state, found.identity, found.action, found.resource) == (
        state,
        "somebody",
        "Read",
        "the inbox",
    )
    assert found.statement == (None if answer else "grant Read")


async def test_a_service_that_does_not_answer_keeps_nobody_from_starting() -> None:
    asked = 0

    def silent() -> bool:
        nonlocal asked
        asked += 1
        raise TransientError("no answer", target="bus")

    found = await permissions("intake", [Look(Answering(silent), [NEED, NEED])])
    require(found)

    assert [(one.state, one.detail) for one in found] == [("unknown", "no answer")] * 2
    assert asked == 1


async def test_all_that_is_denied_is_named_at_once() -> None:
    found = await permissions("intake", [Look(Answering(lambda: False), [NEED, NEED])])
    with pytest.raises(DeniedError) as caught:
        require(found)

    one = "somebody lacks Read on the inbox (its messages): grant Read"
    assert str(caught.value) == f"intake can't start: {one}; {one}"


async def test_a_folder_is_asked_of_its_nearest_parent(tmp_path: Path) -> None:
    rights = FolderRights(tmp_path / "not" / "yet")

    assert await rights.may(PUT, "documents")
    assert rights.resource(GET, "documents") == str(tmp_path / "not" / "yet" / "documents")
