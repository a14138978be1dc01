"""What is taken from the page itself: words, presences, values of a list, cells, each with its place."""

from __future__ import annotations

import pytest

from tests.browser.orders import order
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio


async def test_a_word_is_lifted_by_a_click_or_by_walking_with_its_place(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="click.pdf"), order(("number",), name="walk.pdf"))
    await desk.open()
    await desk.shows("click.pdf")
    place = await desk.window.ask(
        "() => { const r = document.querySelector('.mark.focus').getBoundingClientRect();"
        " return [r.left + 12, r.top + r.height / 2]; }"
    )
    await desk.window.page.mouse.click(*place)
    await desk.window.until("document.querySelector('.field.on .value').value === 'Corner'")
    await desk.window.press("Enter")
    await desk.shows("walk.pdf")
    await desk.window.press("F4", "ArrowLeft", "Shift+ArrowRight", "Enter")
    await desk.window.until("document.querySelector('.field.on .value').value === 'Number: A-1042'")
    await desk.window.press("Enter")
    await desk.is_empty()

    clicked, walked = (one["fields"][0] for one in await desk.decided(2))
    assert (clicked["after"], clicked["source"], clicked["box"]["page"]) == (["Corner"], "lifted", 1)
    assert walked["after"] == ["Number: A-1042"]
    assert walked["box"]["x0"] < walked["box"]["x1"]


async def test_a_presence_is_shown_on_the_page_or_said_to_be_absent(desk: Reviewing) -> None:
    await desk.counter.add(order(("signed",), missing=("signed",), name="signed.pdf"))
    await desk.open()
    await desk.shows("signed.pdf")
    await desk.window.press("Enter")
    assert await desk.field() == "signed"
    await desk.window.type("yes")
    await desk.window.until("document.querySelector('.field.on .norm').classList.contains('bad')")
    await desk.window.press("F4", "Enter")
    await desk.window.until("document.querySelector('.field.on .norm b')?.textContent === 'yes'")
    await desk.window.press("Enter")
    await desk.is_empty()

    signed = (await desk.decided(1))[0]["fields"][0]
    assert (signed["after"], signed["source"], signed["action"]) == (["yes"], "lifted", "add")


async def test_values_of_a_list_are_lifted_one_after_the_other_each_with_its_place(desk: Reviewing) -> None:
    await desk.counter.add(order(("tags",), missing=("tags",), name="tags.pdf"))
    await desk.open()
    await desk.shows("tags.pdf")
    await desk.window.press("F4", "Enter")
    await desk.window.until("document.activeElement.matches('.value') && document.activeElement.value !== ''")
    await desk.window.press("F4", "ArrowUp", "Enter")
    await desk.window.until("document.querySelector('.field.on .value').value.includes('\\n')")
    await desk.judged()
    await desk.window.press("Control+Enter")
    await desk.is_empty()

    (tags,) = (await desk.decided(1))[0]["decided"]
    assert [[one["quote"] for one in shown] for shown in tags["places"]] == [[one] for one in tags["values"]]
    assert len(set(tags["values"])) == 2


async def test_a_cell_is_lifted_from_the_page_with_its_place(desk: Reviewing) -> None:
    doubts = [(2, "amount", "two readings differ", "38.10")]
    rows = (("Nougat", "20", "81.90"), ("Oil", "25", "41.80"))
    await desk.counter.add(
        order(("lines",), rows=rows, cells=doubts, name="rows.pdf", values={"seller": "A"})
    )
    await desk.open()
    await desk.shows("rows.pdf")
    await desk.window.press("F4", "Enter")
    await desk.window.until("document.activeElement.matches('.cell')")
    await desk.window.press("Control+Enter")
    await desk.is_empty()

    taken = (await desk.decided(1))[0]
    cells = [cell for row in taken["decided"][0]["rows"] for cell in row["cells"] if "evidence" in cell]
    assert [(cell["column"], cell["value"], cell["evidence"][0]["quote"]) for cell in cells] == [
        ("amount", "41.80", "41.80")
    ]
