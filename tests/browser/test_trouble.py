"""What goes wrong while somebody works: nothing he entered is lost, and the page says what is the matter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Route

from review.queue.choosing import Claimant
from tests.browser.chromium import Window
from tests.browser.counter import UNDO
from tests.browser.orders import PLAIN, order
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><svg onload=alert(3)>{{7*7}}"
BROKEN = {
    "rules.js": "export function drawRules() { throw new Error('injected'); }",
    "viewer.js": "export class Viewer { open() { throw new Error('injected'); } }",
    "grid.js": """
        const fail = () => { throw new Error('injected'); };
        export const make = () => new Grid();
        class Grid {
          constructor() { this.element = document.createElement('p'); }
          refresh() { fail(); } draw() { fail(); } focusable() { return null; } place() { return fail(); }
          told() { return fail(); } key() { return fail(); } settle() { return false; }
          doubtsLeft() { return 0; } onDoubt() { return false; } brief() { return ''; }
        }""",
}
"""Scripts of single widgets, each put in the place of the real one."""


async def test_a_network_that_is_away_keeps_decisions_and_says_so(desk: Reviewing) -> None:
    await desk.counter.add(*(order(("seller",), name=f"{n}.pdf") for n in (1, 2, 3)))
    await desk.open()
    await desk.shows("1.pdf")
    await desk.ahead(3)
    await desk.window.context.set_offline(True)
    await desk.window.type("Alpha")
    await desk.window.press("Enter")
    await desk.shows("2.pdf")
    await desk.window.until("document.querySelector('.net').textContent.includes('1 decision kept here')")
    assert await desk.counter.decisions() == []
    await desk.window.context.set_offline(False)
    await desk.decided(1)
    await desk.window.until("document.querySelector('.net').textContent === ''")

    assert (await desk.decided(1))[0]["fields"][0]["after"] == ["Alpha"]


async def test_a_server_that_fails_keeps_decisions_and_they_arrive_once(desk: Reviewing) -> None:
    await desk.counter.add(*(order(("seller",), name=f"{n}.pdf") for n in (1, 2)))
    await desk.open()
    await desk.shows("1.pdf")
    failures = []

    async def fail(route: Route) -> None:
        failures.append(route.request.headers["idempotency-key"])
        if len(failures) == 1:
            # It arrived, but the answer did not.
            await route.fetch()
        if len(failures) < 3:
            await route.fulfill(status=503, content_type="application/problem+json", body="{}")
        else:
            await route.continue_()

    await desk.window.page.route("**/decision", fail)
    await desk.window.press("Enter")
    await desk.shows("2.pdf")
    await desk.window.until("document.querySelector('.net').textContent.includes('kept here')")
    await desk.window.until("document.querySelector('.net').textContent === ''")

    assert len(set(failures)) == 1
    assert len(await desk.counter.decisions()) == 1


async def test_a_record_that_others_changed_is_the_next_item_and_asks_what_clashes(desk: Reviewing) -> None:
    first, _ = await desk.counter.add(
        order(("seller", "total"), name="changed.pdf"), order(("number",), name="next.pdf")
    )
    await desk.open()
    await desk.shows("changed.pdf")
    theirs = {**PLAIN, "seller": "Corner Supply Ltd", "number": "A-9"}
    await desk.counter.revise(first, order((), values=theirs))
    await desk.window.press("Enter", "Enter")
    await desk.shows("next.pdf")
    await desk.window.until("document.querySelector('.toast').textContent.includes('changed meanwhile')")
    await desk.window.press("Enter")
    await desk.shows("changed.pdf")
    clash = await desk.window.ask("document.querySelector('.conflict').innerText")
    assert "Corner Supply Ltd" in clash
    assert await desk.window.ask("document.querySelector('.conflict :checked')") is None
    await desk.window.press("Enter")
    assert len(await desk.decided(1)) == 1
    await desk.window.press("ArrowLeft", "Enter")
    await desk.is_empty()

    merged = {one["path"]: one["after"] for one in (await desk.decided(2))[1]["fields"]}
    assert merged == {"seller": ["Corner Supply Ltd"], "total": ["127.20"]}


async def test_a_record_that_somebody_else_took_meanwhile_is_said_and_the_work_goes_on(
    desk: Reviewing,
) -> None:
    first, _ = await desk.counter.add(order(("seller",), name="taken.pdf"), order(("seller",), name="b.pdf"))
    await desk.open()
    await desk.shows("taken.pdf")
    await desk.ahead(2)
    desk.counter.clock.ahead = timedelta(minutes=31)
    await desk.counter.queue.claim_one(Claimant("bert"), first.task_id)
    await desk.window.press("Enter")
    await desk.window.until("document.querySelector('.toast').textContent.includes('somebody else')")
    await desk.shows("b.pdf")

    kept = await desk.counter.queue.draft("local", first.task_id)
    assert kept is not None
    assert kept["fields"][0]["path"] == "seller"
    assert await desk.counter.decisions() == []


async def test_a_decision_that_is_refused_comes_back_with_what_was_entered(desk: Reviewing) -> None:
    first, _ = await desk.counter.add(order(("seller",), name="a.pdf"), order(("seller",), name="b.pdf"))
    await desk.open()
    await desk.shows("a.pdf")

    async def refuse(route: Route) -> None:
        # So long after that its lease has run out by the page's own clock.
        await desk.window.ask("() => { const now = performance.now.bind(performance);"
                              " performance.now = () => now() + 7200_000; }")  # fmt: skip
        problem = {"status": 403, "code": "forbidden", "detail": "your roles do not allow this"}
        await route.fulfill(status=403, json=problem)

    await desk.window.page.route("**/decision", refuse, times=1)
    await desk.window.type("Alpha")
    async with desk.window.page.expect_response("**/draft"):
        await desk.window.press("Enter")
        await desk.shows("b.pdf")
    kept = await desk.counter.queue.draft("local", first.task_id)
    await desk.window.press("Enter")
    await desk.shows("a.pdf")
    await desk.window.press("Enter")
    await desk.is_empty()

    assert kept is not None
    assert kept["fields"][0]["value"] == "Alpha"
    taken = {one["task_id"]: one["fields"][0]["after"] for one in await desk.decided(2)}
    assert taken[first.task_id] == ["Alpha"]


async def test_an_undo_that_comes_too_late_is_said(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="a.pdf"), order(("seller",), name="b.pdf"))
    await desk.open()
    await desk.shows("a.pdf")
    await desk.window.press("Enter")
    await desk.shows("b.pdf")
    await desk.decided(1)
    await desk.window.until("!document.querySelector('.toast .quiet').hidden")
    desk.counter.clock.ahead = UNDO
    await desk.counter.queue.release_due()
    await desk.window.press("Alt+z")
    await desk.window.until("document.querySelector('.toast').textContent.includes('released already')")

    assert await desk.window.ask("document.querySelector('.rec h1').textContent") == "b.pdf"


async def test_two_tabs_never_show_the_same_record(desk: Reviewing) -> None:
    await desk.counter.add(*(order(("seller",), name=f"{n}.pdf") for n in range(8)))
    await desk.open()
    await desk.shows("0.pdf")
    await desk.ahead(3)
    other = await desk.window.context.new_page()
    await other.goto(desk.counter.url + "/work")
    await Window(other, desk.window.context).until("document.querySelector('.rec h1') !== null")

    shown = await other.evaluate("document.querySelector('.rec h1').textContent")
    assert shown not in ("0.pdf", "1.pdf", "2.pdf")


async def test_a_record_goes_on_after_leaving_and_coming_back(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller", "number"), name="draft.pdf"))
    await desk.open()
    await desk.shows("draft.pdf")
    await desk.window.type("Alpha")
    await desk.window.press("Enter")
    await desk.window.page.goto(desk.counter.url + "/settings")
    await desk.window.page.go_back()
    await desk.shows("draft.pdf")
    assert await desk.field() == "number"
    await desk.window.press("Enter")

    assert (await desk.decided(1))[0]["fields"][0]["after"] == ["Alpha"]


async def test_a_document_whose_image_is_gone_shows_its_words_and_lifts_them(desk: Reviewing) -> None:
    (task,) = await desk.counter.add(order(("seller",), name="gone.pdf"))
    await desk.counter.lose(task)
    await desk.open()
    await desk.shows("gone.pdf")
    await desk.window.until("!document.querySelector('.gone').hidden")
    await desk.window.press("F4", "Enter")
    await desk.window.until("document.querySelector('.field.on .value').value !== 'Corner Bakery Ltd'")
    await desk.window.press("Escape", "Enter")
    await desk.is_empty()

    assert len(await desk.decided(1)) == 1


async def test_nothing_that_a_document_says_is_ever_run(desk: Reviewing) -> None:
    values = dict.fromkeys(("seller", "number", "note", "tags"), EVIL) | {"total": "1.00"}
    asked = ("seller", "number", "note", "tags", "lines", "total")
    evil = order(
        asked,
        name=EVIL,
        values=values,
        others={"seller": [EVIL + "2"]},
        rows=((EVIL, "1", "1.00"),),
        cells=((1, "item", EVIL, EVIL),),
    )
    await desk.counter.add(evil, order(name="after.pdf"))
    await desk.open()
    await desk.shows(EVIL)
    await desk.window.press("ArrowDown", "Tab", "Tab", "Tab", "Tab", "F8", "Enter", "F2", "Control+Enter")
    await desk.window.until("document.querySelector('.rec h1')?.textContent === 'after.pdf'")
    taken = (await desk.decided(1))[0]
    await desk.window.page.goto(f"{desk.counter.url}/history/{taken['task_id']}")
    await desk.window.until("document.querySelector('.steps') !== null")

    assert taken["fields"][0]["after"] == [EVIL + "2"]
    harm = await desk.window.harm()
    assert (harm["executed"], harm["policy"], harm["wrong"]) == (0, [], [])


@pytest.mark.parametrize("script", BROKEN)
async def test_a_widget_that_fails_leaves_the_rest_usable(desk: Reviewing, script: str) -> None:
    async def broken(route: Route) -> None:
        await route.fulfill(content_type="text/javascript", body=BROKEN[script])

    await desk.window.page.route(f"**/{script}", broken)
    await desk.counter.add(order(("seller", "lines"), name="broken.pdf"), order(name="next.pdf"))
    await desk.open()
    await desk.shows("broken.pdf")
    await desk.window.type("Alpha")
    await desk.window.press("Control+Enter")
    await desk.shows("next.pdf")

    assert (await desk.decided(1))[0]["fields"][0]["after"] == ["Alpha"]


async def test_enormous_values_and_tables_are_worked_on_like_others(desk: Reviewing) -> None:
    await desk.counter.add(
        order(("note",), values={**PLAIN, "note": "word " * 40_000}, name="long.pdf"),
        order(("lines",), rows=[(f"item {n}", "1", "0.02") for n in range(5000)],
              values={**PLAIN, "net": "100.00", "total": "107.20"}, name="rows.pdf"),
        order(("seller",), values={**PLAIN, "seller": "شركة الأمل للتجارة"}, name="عقد.pdf"),
    )  # fmt: skip
    await desk.open()
    await desk.shows("long.pdf")
    await desk.window.press("Enter")
    await desk.shows("rows.pdf")
    assert await desk.window.ask("document.querySelectorAll('.cell').length") < 400
    await desk.window.press(*["ArrowDown"] * 3, "Enter")
    await desk.shows("عقد.pdf")
    assert await desk.window.ask("getComputedStyle(document.querySelector('.value')).direction") == "rtl"
    await desk.window.press("Enter")
    await desk.is_empty()

    assert [len(one["fields"]) for one in await desk.decided(3)] == [1, 1, 1]
