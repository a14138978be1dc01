"""A curve over the scan: its points moved by keys and dragged, and what reaches the queue and the store."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from store.curves import read_curve
from tests.browser.logs import add_log, scanned
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio

NOTHING = {"shift": 0, "moved": [], "policy": [], "executed": 0, "wrong": []}
KNOB = """() => {
  const {left, top, width, height} = document.querySelector('.knob').getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}"""
ROW = "Number(document.querySelector('.point').getAttribute('aria-valuenow'))"
SHEET = "document.querySelector('.sheet').style.transform"


async def opened(desk: Reviewing, *asked: str) -> None:
    """Show the log with these fields in doubt."""
    await add_log(desk.counter, *asked)
    await desk.open()
    await desk.shows("log.png")


async def moved(desk: Reviewing, before: str, after: str) -> NDArray[np.float64]:
    """Return by how much each row of a curve's file was moved, in widths of its track."""
    rows = [np.array(read_curve(desk.counter.store.objects[key]))[:, 1] for key in (before, after)]
    quantity = scanned().plan.curves[1].quantity
    found: NDArray[np.float64] = (rows[1] - rows[0]) / (quantity.right - quantity.left)
    return found


async def test_a_curve_is_mended_by_keys_and_undone_as_it_was_drawn(desk: Reviewing) -> None:
    await opened(desk, "curve_2")
    keys = ["Home", "Control+ArrowRight", "Control+z", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"]
    await desk.window.press(*keys, "Control+ArrowRight", "ArrowLeft")
    await desk.judged()
    stretches = await desk.window.ask("document.querySelector('.field.on .norm').textContent")
    await desk.window.press("Enter", "Enter")
    await desk.is_empty()
    (taken,) = await desk.decided(1)
    harm = await desk.window.harm()
    await desk.window.press("Alt+z")
    await desk.shows("log.png")
    again = await desk.window.ask("document.querySelector('.field .folded').textContent")

    (field,) = taken["fields"]
    by = await moved(desk, field["before"][0], field["after"][0])
    assert stretches.startswith("Stretch 1 of 2, rows ")
    assert (field["action"], field["source"]) == ("correct", "typed")
    assert np.allclose(by[1:4], 0.018, atol=1e-4)
    assert np.allclose(np.delete(by, [1, 2, 3]), 0.0, atol=1e-4)
    assert again == "3 rows moved"
    assert harm == NOTHING


async def test_points_are_dragged_and_the_rows_on_the_way_follow(desk: Reviewing) -> None:
    await opened(desk, "curve_2")
    mouse, before = desk.window.page.mouse, await desk.window.ask(SHEET)
    row = await desk.window.ask(ROW) - 1
    x, y = await desk.window.ask(KNOB)
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x + 60, y)
    await mouse.move(x + 60, y + 40, steps=4)
    await mouse.up()
    await desk.judged()
    last = await desk.window.ask(ROW) - 1
    after = await desk.window.ask(SHEET)
    await desk.window.press("Enter", "Enter")
    await desk.is_empty()

    (field,) = (await desk.decided(1))[0]["fields"]
    by = await moved(desk, field["before"][0], field["after"][0])
    changed = np.flatnonzero(np.abs(by) > 1e-4)
    assert before == after
    assert last > row
    assert set(changed) <= set(range(row, last + 1))
    assert by[row] > 0.02
    assert desk.window.wrong == []


async def test_a_scale_that_is_corrected_computes_the_curve_anew(desk: Reviewing) -> None:
    await opened(desk, "curve_2_right", "curve_2")
    await desk.window.type("-0.75")
    await desk.judged()
    await desk.window.press("Enter")
    await desk.window.until("document.querySelector('.field.on')?.dataset.path === 'curve_2'")
    await desk.window.until("document.querySelector('.field.on .norm').textContent.includes('Computed anew')")
    await desk.window.press("Enter", "Enter", "Enter")
    await desk.is_empty()

    curve = next(one for one in (await desk.decided(1))[0]["fields"] if one["path"] == "curve_2")
    was, now = (
        np.array(read_curve(desk.counter.store.objects[curve[when][0]])) for when in ("before", "after")
    )
    assert np.allclose(now[:, 1] - 0.45, 2 * (was[:, 1] - 0.45), atol=1e-3)


async def test_a_curve_that_is_undone_to_what_was_read_is_accepted_as_it_was(desk: Reviewing) -> None:
    await opened(desk, "curve_2")
    await desk.window.press("ArrowRight", "Shift+Delete", "Alt+ArrowDown")
    await desk.window.page.click(".curveacts button:last-child")
    await desk.window.press("Control+z")
    await desk.judged()
    await desk.window.press("Enter", "Enter", "Enter")
    await desk.is_empty()

    (field,) = (await desk.decided(1))[0]["fields"]
    assert (field["action"], field["after"]) == ("accept", field["before"])
