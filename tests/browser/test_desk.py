"""The desk by keys alone: what each key does, how many are needed, and what reaches the queue."""

from __future__ import annotations

import pytest

from tests.browser.orders import Order, order
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio

NOTHING = {"shift": 0, "moved": [], "policy": [], "executed": 0, "wrong": []}
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


async def test_a_value_is_normalised_as_it_is_typed_and_a_wrong_one_goes_nowhere(desk: Reviewing) -> None:
    await desk.counter.add(order(("date",), name="date.pdf"))
    await desk.open()
    await desk.shows("date.pdf")
    await desk.window.type("7 March 2018")
    await desk.window.until("document.querySelector('.field.on .norm b')?.textContent === '2018-03-07'")
    await desk.window.press("Control+A")
    await desk.window.type("soon")
    await desk.window.until("document.querySelector('.field.on .norm').classList.contains('bad')")
    await desk.window.press("Enter")
    assert await desk.field() == "date"
    await desk.window.press("Escape", "Enter")
    await desk.is_empty()

    assert (await desk.decided(1))[0]["fields"][0]["action"] == "accept"


async def test_a_broken_rule_is_overridden_by_two_keys_and_kept_with_its_reason(desk: Reviewing) -> None:
    await desk.counter.add(order(("total",), name="sum.pdf"))
    await desk.open()
    await desk.shows("sum.pdf")
    await desk.window.type("130.00")
    await desk.window.until("document.querySelector('.field.on .accept.blocked') !== null")
    await desk.window.press("Enter")
    await desk.window.until("document.activeElement.id.endsWith('-reason')")
    await desk.window.press("Enter")
    assert await desk.window.ask("document.querySelector('.override').hidden") is False
    await desk.window.press("ArrowDown", "Enter")
    await desk.is_empty()

    taken = (await desk.decided(1))[0]
    assert [(one["rule"], one["reason"]) for one in taken["overrides"]] == [
        ("net_and_tax_make_the_total", "Printed like this on the document")
    ]


async def test_critical_fields_are_looked_at_before_everything_is_accepted(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller", "total"), name="critical.pdf"))
    await desk.open()
    await desk.shows("critical.pdf")
    await desk.window.press("Control+Enter")
    assert (await desk.field(), await desk.counter.decisions()) == ("total", [])
    await desk.window.press("Control+Enter")

    await desk.is_empty()
    assert len(await desk.decided(1)) == 1


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


async def test_a_table_is_mended_by_keys_with_its_running_total(desk: Reviewing) -> None:
    rows = (("Nougat", "20", "81.90"), ("Oil", "25", "41.80"))
    doubts = [(2, "amount", "two readings differ", "38.10")]
    await desk.counter.add(order(("lines",), rows=rows, cells=doubts, name="rows.pdf"))
    await desk.open()
    await desk.shows("rows.pdf")
    total = "document.querySelector('.field.on .total')"
    assert "off by 3.70" in await desk.window.ask(f"{total}.textContent")
    await desk.window.press("Alt+ArrowDown")
    await desk.window.until(f"{total}.classList.contains('holds')")
    await desk.window.press("Shift+Enter")
    await desk.window.type("Bag")
    await desk.window.press("ArrowRight", "ArrowRight")
    await desk.window.type("1.00")
    await desk.window.until(f"{total}.classList.contains('broken')")
    await desk.window.press("Shift+Delete")
    await desk.window.until(f"{total}.classList.contains('holds')")
    await desk.window.press("Enter", "Enter")
    await desk.is_empty()

    lines = (await desk.decided(1))[0]["fields"][0]
    assert lines["after"] == [["Nougat", "20", "81.90"], ["Oil", "25", "38.10"]]


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
