"""What is typed: normalised as it is typed, judged by the rules, added up in a table."""

from __future__ import annotations

import pytest

from tests.browser.orders import order
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio


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
