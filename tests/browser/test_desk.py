"""The desk by keys alone: how many are needed, what undo, release and one's own keys do."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route

from tests.browser.orders import order
from tests.browser.reviewing import NOTHING, Reviewing

pytestmark = pytest.mark.anyio

FETCHED = (
    "performance.getEntriesByType('resource')"
    ".filter(one => one.responseEnd && /v1.(pages|words)/.test(one.name)).length"
)
DOUBTS = (("total",), ("seller", "total"), ("seller", "net", "total"), ("seller", "date", "net", "total"))


async def test_a_record_takes_as_many_keys_as_it_has_doubts(desk: Reviewing) -> None:
    await desk.counter.add(*(order(asked, name=f"{len(asked)}.pdf") for asked in DOUBTS))
    await desk.open()
    for asked in DOUBTS:
        await desk.shows(f"{len(asked)}.pdf")
        await desk.window.press(*["Enter"] * len(asked))
    await desk.is_empty()

    decided = await desk.decided(len(DOUBTS))
    assert [one["keystrokes"] for one in decided] == [1, 2, 3, 4]
    assert {field["action"] for one in decided for field in one["fields"]} == {"accept"}
    assert await desk.window.harm() == NOTHING


async def test_each_way_to_correct_a_field_takes_its_keys(desk: Reviewing) -> None:
    await desk.counter.add(
        order(("seller",), name="typed.pdf"),
        order(("number",), others={"number": ["A-1024", "B-7"]}, name="alternative.pdf"),
        order(("note",), name="absent.pdf"),
        order(("seller", "note"), name="all.pdf"),
    )
    await desk.open()
    await desk.shows("typed.pdf")
    await desk.window.type("Corner")
    await desk.window.press("Enter")
    await desk.shows("alternative.pdf")
    await desk.window.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    await desk.shows("absent.pdf")
    await desk.window.press("Delete", "Enter")
    await desk.shows("all.pdf")
    await desk.window.press("Control+Enter")
    await desk.is_empty()

    decided = await desk.decided(4)
    typed, alternative, absent, everything = (one["fields"] for one in decided)
    assert [one["keystrokes"] for one in decided] == [7, 4, 2, 1]
    assert (typed[0]["after"], typed[0]["source"]) == (["Corner"], "typed")
    assert (alternative[0]["after"], alternative[0]["source"]) == (["A-1024"], "alternative")
    assert alternative[0]["box"]["page"] == 1
    assert (absent[0]["action"], absent[0]["after"]) == ("absent", [])
    assert [one["action"] for one in everything] == ["accept", "accept"]


async def test_critical_fields_are_looked_at_before_everything_is_accepted(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller", "total"), name="critical.pdf"))
    await desk.open()
    await desk.shows("critical.pdf")
    await desk.window.press("Control+Enter")
    assert (await desk.field(), await desk.counter.decisions()) == ("total", [])
    await desk.window.press("Control+Enter")

    await desk.is_empty()
    assert len(await desk.decided(1)) == 1


async def test_undo_goes_back_several_records_and_the_work_stands_as_it_was(desk: Reviewing) -> None:
    await desk.counter.add(*(order(("seller",), name=name) for name in ("a.pdf", "b.pdf", "c.pdf")))
    await desk.open()
    await desk.shows("a.pdf")
    await desk.window.type("Alpha")
    await desk.window.press("Enter")
    await desk.shows("b.pdf")
    await desk.window.press("Enter")
    await desk.shows("c.pdf")
    await desk.decided(2)
    await desk.window.until("!document.querySelector('.toast .quiet').hidden")
    await desk.window.press("Alt+z")
    await desk.shows("b.pdf")
    await desk.window.press("Alt+z")
    await desk.shows("a.pdf")
    assert await desk.window.ask("document.querySelector('.field.on .value').value") == "Alpha"
    await desk.window.press("Enter")
    await desk.shows("b.pdf")
    await desk.window.press("Enter")
    await desk.shows("c.pdf")
    await desk.window.press("Enter")
    await desk.is_empty()

    stand = [one for one in await desk.decided(5) if one["state"] == "held"]
    assert [one["fields"][0]["after"] for one in stand] == [
        ["Alpha"],
        ["Corner Bakery Ltd"],
        ["Corner Bakery Ltd"],
    ]


async def test_a_hard_case_is_marked_with_its_kind_and_a_release_keeps_the_draft(desk: Reviewing) -> None:
    (task,) = await desk.counter.add(order(("seller",), name="hard.pdf"))
    await desk.open()
    await desk.shows("hard.pdf")
    await desk.window.press("F8", "ArrowDown", "Enter")
    await desk.window.type("Bakery")
    await desk.window.press("F9")
    await desk.window.until("document.querySelector('.toast').textContent.includes('released')")
    await desk.window.until("document.querySelector('.desk').dataset.state === 'record'")
    await desk.shows("hard.pdf")
    assert await desk.window.ask("document.querySelector('.field.on .value').value") == "Bakery"
    await desk.window.press("Enter")
    await desk.is_empty()

    taken = (await desk.decided(1))[0]
    assert (taken["hard_case"], taken["hard_tag"], taken["task_id"]) == (True, "handwritten", task.task_id)


async def test_an_undo_waits_for_the_answer_to_what_it_takes_back(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="quick.pdf"))
    await desk.open()
    await desk.shows("quick.pdf")
    asked, pressed = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        asked.set()
        await pressed.wait()
        await route.continue_()

    await desk.window.page.route("**/decision", held)
    await desk.window.press("Enter")
    await asked.wait()
    await desk.window.press("Alt+z")
    pressed.set()

    await desk.shows("quick.pdf")
    assert [one["state"] for one in await desk.decided(1)] == ["undone"]


async def test_a_release_shows_other_work_first_and_what_nobody_took_comes_back(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="first.pdf"), order(name="second.pdf"))
    await desk.open()
    await desk.shows("first.pdf")
    await desk.window.press("F9")
    await desk.shows("second.pdf")
    await desk.window.press("Enter")
    await desk.shows("first.pdf")
    assert len(await desk.decided(1)) == 1


async def test_keys_are_changed_to_others_that_type_nothing(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="keys.pdf"), order(name="next.pdf"))
    await desk.window.page.goto(desk.counter.url + "/settings")
    change, waits = "button[data-action=release]", "document.activeElement.matches('.catching')"
    await desk.window.page.click(change)
    await desk.window.until(waits)
    await desk.window.press("x")
    await desk.window.until("document.querySelector('.said').textContent.includes('types a character')")
    await desk.window.page.click(change)
    await desk.window.until(waits)
    await desk.window.press("F8")
    await desk.window.until("document.querySelector('.said').textContent.includes('taken')")
    await desk.window.page.click(change)
    await desk.window.until(waits)
    await desk.window.press("Control+ArrowRight")
    await desk.window.until("document.querySelector('.live').textContent.includes('Ctrl+ArrowRight')")
    await desk.open()
    await desk.shows("keys.pdf")
    await desk.window.press("F9")
    assert await desk.window.ask("document.querySelector('.rec h1').textContent") == "keys.pdf"
    await desk.window.press("Control+ArrowRight")
    await desk.shows("next.pdf")


async def test_of_a_long_document_no_more_is_fetched_than_of_a_short_one(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), pages=2, name="2.pdf"), order(pages=40, name="40.pdf"))
    await desk.open()
    await desk.shows("2.pdf")
    await desk.window.press("Enter")
    await desk.shows("40.pdf")
    await desk.window.until(f"{FETCHED} >= 8")
    await desk.window.press("Enter")
    await desk.is_empty()

    # The page with the evidence and the one beside it, image and words, of either.
    assert await desk.window.ask(FETCHED) == 8
    assert await desk.window.harm() == NOTHING


async def test_what_was_taken_back_stays_where_the_look_for_new_records_showed_it_first(
    desk: Reviewing,
) -> None:
    let = asyncio.Event()

    async def hold(route: Route) -> None:
        await let.wait()
        await route.continue_()

    await desk.counter.add(order(("seller",), name="1.pdf"))
    await desk.open()
    await desk.shows("1.pdf")
    await desk.window.press("Enter")
    await desk.is_empty()
    await desk.window.page.route("**/v1/pages/**", hold)
    await desk.window.press("Alt+z")
    # Its page is on its way still: the look that comes every few seconds shows it.
    await desk.shows("1.pdf")
    let.set()
    await desk.window.until("document.body.innerText.includes('is back')")

    await desk.shows("1.pdf")
    assert await desk.window.ask("document.querySelector('.desk').dataset.state") == "record"
