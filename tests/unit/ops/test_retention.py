"""How long documents are kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from catalog.database import Catalog
from catalog.queries import list_documents
from ops.erase.due import Due, due
from ops.erase.words import due_lines
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
PACKET = json.dumps({"holds": {"a.txt": SURE, "b.txt": SURE.replace("Corner", "Other")}})


async def ripe(catalog: Catalog, retention: dict[str, int], days: float) -> list[Due]:
    """Return what is due so many days after the last submission."""
    last = max([row.submitted_at async for row in list_documents(catalog)])
    return [one async for one in due(catalog, retention, last + days * DAY)]


async def test_a_document_is_due_once_the_days_of_its_type_are_over(
    workshop: Workshop, catalog: Catalog
) -> None:
    document_id = await workshop.submit(SURE)

    assert await ripe(catalog, {"slip": 30}, 29.9) == []
    (found,) = await ripe(catalog, {"slip": 30, "*": 1}, 30)

    assert (found.document_id, found.doc_type, found.days, found.waits) == (document_id, "slip", 30, False)


async def test_what_no_entry_names_is_kept_unless_there_is_one_for_any_other(
    workshop: Workshop, catalog: Catalog
) -> None:
    await workshop.submit(SURE)

    assert await ripe(catalog, {}, 9999) == []
    assert await ripe(catalog, {"lease": 1}, 9999) == []
    assert len(await ripe(catalog, {"*": 1}, 2)) == 1


async def test_what_waits_for_a_person_is_told_and_left_alone(workshop: Workshop, catalog: Catalog) -> None:
    await workshop.submit(DOUBTFUL)

    found = await ripe(catalog, {"slip": 1}, 2)

    assert [one.waits for one in found] == [True]
    assert due_lines(found, {"slip": 1})[-1].startswith("due, but at work or with a person: 1 document")


async def test_a_packet_is_due_with_the_part_that_is_kept_longest(
    workshop: Workshop, catalog: Catalog
) -> None:
    packet = await workshop.submit(PACKET, name="both.eml")

    assert await ripe(catalog, {"slip": 30}, 29.9) == []
    (found,) = await ripe(catalog, {"slip": 30}, 31)

    assert (found.document_id, found.days) == (packet, 30)


def test_without_a_rule_the_answer_says_where_to_write_one() -> None:
    (line,) = due_lines([], {})

    assert "[retention]" in line
