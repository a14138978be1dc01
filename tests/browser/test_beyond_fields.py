"""More than fields: what a document is, where it is cut, and records that are decided together."""

from __future__ import annotations

import pytest

from tests.browser.orders import Order, order
from tests.browser.reviewing import NOTHING, Reviewing

pytestmark = pytest.mark.anyio


async def test_what_a_document_is_and_where_it_is_cut_are_decided_by_keys(desk: Reviewing) -> None:
    await desk.counter.add(
        Order(name="type.pdf", unknown=True),
        Order(name="split.pdf", pages=4, proposed=((1, 2), (3, 4)), unknown=True),
        order(("seller",), name="reject.pdf"),
    )
    await desk.open()
    await desk.shows("type.pdf")
    await desk.window.press("ArrowDown", "Enter")
    await desk.shows("split.pdf")
    await desk.window.press("Tab", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp", "Enter")
    await desk.shows("reject.pdf")
    await desk.window.press("Shift+F8", "ArrowUp", "Enter")
    await desk.is_empty()

    kinds = [(one["kind"], one["doc_type"], one["ranges"]) for one in await desk.decided(3)]
    assert kinds == [("type", "lease", []), ("split", None, [[1, 1], [2, 4]]), ("rejection", None, [])]


async def test_records_that_ask_the_same_are_looked_at_and_accepted_together(desk: Reviewing) -> None:
    await desk.counter.add(
        *(order(("seller",), name=f"{n}.pdf") for n in range(4)),
        order(("seller", "total"), name="other.pdf"),
    )
    await desk.open()
    await desk.shows("0.pdf")
    await desk.window.press("Alt+a")
    await desk.window.until("document.querySelectorAll('.alike').length === 4")
    names = await desk.window.ask("[...document.querySelectorAll('.alike label')].map(e => e.innerText)")
    await desk.window.press("ArrowDown", "Space", "Enter")
    # The one that was taken out is decided by itself.
    left = names[1]
    await desk.window.until("document.querySelector('.together') === null")
    decided = await desk.decided(3)
    assert {one["together_with"] for one in decided} == {decided[0]["task_id"]}
    assert [one["fields"][0]["action"] for one in decided] == ["accept"] * 3
    await desk.window.until("!document.querySelector('.toast .quiet').hidden")
    await desk.window.press("Alt+z")
    await desk.shows("0.pdf")

    assert left in names
    assert [one["state"] for one in await desk.decided(3)] == ["undone"] * 3
    assert await desk.window.harm() == NOTHING
