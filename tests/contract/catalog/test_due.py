"""What should be done, what is not, and when what is done came in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.database import Catalog
from catalog.due import Due, came_in, due
from tests.contract.catalog.telling import START, Story

pytestmark = pytest.mark.anyio

NOW, WITHIN = START + timedelta(days=2), timedelta(hours=4)


async def now_due(catalog: Catalog) -> Due:
    return await due(catalog, START - timedelta(days=1), NOW, WITHIN)


@pytest.mark.parametrize("cause", ["a-backfill", "a-decision"])
async def test_what_was_done_and_runs_again_is_done(catalog: Catalog, cause: str) -> None:
    await Story("done").submitted().classified().extracted().completed(1).submitted(cause).into(catalog)
    await Story("asked").submitted().classified().asked().submitted(cause).classified().into(catalog)
    await Story("died again").submitted().completed(1).submitted(cause).died("gatekeeper").into(catalog)

    assert await now_due(catalog) == Due(due=3, undone=0)


async def test_what_never_came_to_an_end_is_not_done_however_often_it_ran(catalog: Catalog) -> None:
    await Story("stands").submitted().classified().into(catalog)
    await Story("stands again").submitted().classified().submitted("a-backfill").into(catalog)
    await Story("died").submitted().died("gatekeeper").into(catalog)
    await Story("decided").submitted().classified().asked().decided().into(catalog)

    assert await now_due(catalog) == Due(due=4, undone=4)


async def test_those_that_are_done_came_in_when_their_first_run_began(catalog: Catalog) -> None:
    done = Story("done").submitted().completed(1)
    first = done.facts[0].at
    done.at += timedelta(days=1)
    await done.submitted("a-backfill").completed(2).into(catalog)
    stands = Story("stands").submitted()
    await stands.into(catalog)

    assert await came_in(catalog, [done.document_id, stands.document_id, "unknown"]) == {
        done.document_id: first
    }
