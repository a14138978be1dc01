"""Every view and state of the page, each come to as somebody would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agents.bundles import PinnedParts
from review.people.accounts import Role
from review.queue.choosing import Claimant
from review.queue.lanes import Lane
from review.queue.submitting import Handed
from review.sheet.content import Contents
from review.sheet.judging import judge
from review.sheet.submission import Entry, Submission
from tests.browser.counter import UNDO, Counter
from tests.browser.logs import add_log
from tests.browser.orders import Order, order
from tests.browser.reviewing import Reviewing

SHOWN = "document.querySelector('.content')?.getAttribute('aria-busy') === null"
Scene = Callable[[Reviewing], Awaitable[None]]


async def queue(desk: Reviewing) -> None:
    await desk.window.page.goto(desk.counter.url + "/")
    await desk.window.until(SHOWN)


async def waiting(desk: Reviewing) -> None:
    """The queue as somebody finds it who runs it: work, some of it late, and people who decided some."""
    await desk.counter.accounts.add("Anna", (Role.REVIEWER,))
    await desk.counter.add(*(order(("seller", "total"), name=f"{n}.pdf") for n in range(7)))
    await desk.counter.add(order(("date",), name="audit.pdf"), lane=Lane.AUDIT)
    await disagreeing(desk.counter)
    desk.counter.clock.ahead = timedelta(days=2)
    await desk.window.page.goto(desk.counter.url + "/")
    await desk.window.until(SHOWN)


async def decisions(desk: Reviewing) -> None:
    await disagreeing(desk.counter)
    await desk.window.page.goto(desk.counter.url + "/history")
    await desk.window.until(SHOWN)


async def ended(desk: Reviewing) -> None:
    """A session that ends over a record."""
    await field(desk)
    await desk.window.page.route("**/check", lambda route: route.fulfill(status=401, json={}))
    await desk.window.type("x")
    await desk.window.until("document.querySelector('dialog.login-over') !== null")


async def kept(desk: Reviewing) -> None:
    """A server that can't take decisions just now."""
    await desk.counter.add(order(("seller",), name="a.pdf"), order(("number", "total"), name="b.pdf"))
    await desk.open()
    await desk.shows("a.pdf")
    await desk.window.page.route("**/decision", lambda route: route.fulfill(status=503, json={}))
    await desk.window.press("Enter")
    await desk.shows("b.pdf")
    await desk.window.until("document.querySelector('.net').textContent.includes('kept here')")


async def partless(desk: Reviewing) -> None:
    """A table whose part fails."""
    broken = "export const make = () => { throw new Error('injected'); };"
    await desk.window.page.route(
        "**/grid.js", lambda route: route.fulfill(content_type="text/javascript", body=broken)
    )
    await desk.counter.add(order(("seller", "lines"), name="broken.pdf"))
    await desk.open()
    await desk.shows("broken.pdf")
    await desk.window.press("Tab")


async def hard(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("F8")


async def settings(desk: Reviewing) -> None:
    await desk.window.page.goto(desk.counter.url + "/settings")
    await desk.window.until(SHOWN)


async def admin(desk: Reviewing) -> None:
    await desk.counter.accounts.add("Anna <b>", (Role.REVIEWER,))
    await desk.window.page.goto(desk.counter.url + "/admin")
    await desk.window.until(SHOWN)


async def tokens(desk: Reviewing) -> None:
    await admin(desk)
    await desk.window.page.click("text=tokens")
    await desk.window.until("document.querySelector('dialog[open]') !== null")


async def history(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("Enter", "Enter", "Enter")
    (taken,) = await desk.decided(1)
    await desk.window.page.goto(f"{desk.counter.url}/history/{taken['task_id']}")
    await desk.window.until("document.querySelector('.steps') !== null")


async def login(desk: Reviewing) -> None:
    await desk.window.page.goto(desk.counter.url + "/login")
    await desk.window.until("document.querySelector('.login') !== null")


async def empty(desk: Reviewing) -> None:
    await desk.open()
    await desk.is_empty()


async def field(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller", "date", "total"), others={"seller": ["Bakery"]}, name="a.pdf"))
    await desk.open()
    await desk.shows("a.pdf")


async def clean(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("Alt+f", "Enter")


async def override(desk: Reviewing) -> None:
    await desk.counter.add(order(("total",), name="sum.pdf"))
    await desk.open()
    await desk.shows("sum.pdf")
    await desk.window.type("130.00")
    await desk.window.until("document.querySelector('.field.on .accept.blocked') !== null")
    await desk.window.press("Enter")


async def table(desk: Reviewing) -> None:
    await desk.counter.add(order(("lines",), cells=[(2, "amount", "two readings", "3.81")], name="rows.pdf"))
    await desk.open()
    await desk.shows("rows.pdf")


async def curve(desk: Reviewing) -> None:
    """A curve with a marked stretch."""
    await add_log(desk.counter, "curve_2")
    await desk.open()
    await desk.shows("log.png")
    await desk.window.press("Shift+ArrowDown", "ArrowRight")
    await desk.judged()


async def split(desk: Reviewing) -> None:
    await desk.counter.add(Order(name="packet.pdf", pages=5, proposed=((1, 2), (3, 5)), unknown=True))
    await desk.open()
    await desk.shows("packet.pdf")


async def together(desk: Reviewing) -> None:
    await desk.counter.add(*(order(("seller",), name=f"{n}.pdf") for n in range(6)))
    await desk.open()
    await desk.shows("0.pdf")
    await desk.window.press("Alt+a")
    await desk.window.until("document.querySelector('.together') !== null")
    await desk.window.press("ArrowDown", "ArrowDown", "Space")


async def whole(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("Shift+F8")
    await desk.window.until("document.querySelector('.choices') !== null")


async def walk(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("F4", "ArrowRight", "Shift+ArrowRight")


async def loading(desk: Reviewing) -> None:
    # As it comes from the server, before its script is there.
    await desk.window.page.route("**/work.js", lambda route: route.abort())
    await desk.window.page.goto(desk.counter.url + "/work")


async def conflict(desk: Reviewing) -> None:
    (task,) = await desk.counter.add(order(("seller",), name="changed.pdf"))
    await desk.open()
    await desk.shows("changed.pdf")
    await desk.counter.revise(task, order((), values={"seller": "Somebody else Ltd", "total": "127.20"}))
    await desk.window.press("Enter")
    await desk.window.until("document.querySelector('.clash-row') !== null")


async def offline(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.context.set_offline(True)
    await desk.window.type("x")
    await desk.window.until("document.querySelector('.net').classList.contains('trouble')")


async def keys(desk: Reviewing) -> None:
    await field(desk)
    await desk.window.press("F1")


async def disagreement(desk: Reviewing) -> None:
    await disagreeing(desk.counter)
    await desk.open()
    await desk.shows("order.pdf")


async def failing(desk: Reviewing) -> None:
    await desk.window.page.route(
        "**/v1/review/claim",
        lambda route: route.fulfill(status=503, content_type="application/problem+json", body="{}"),
    )
    await desk.open()
    await desk.window.until("document.querySelector('.desk').dataset.state === 'trouble'")


async def gone(desk: Reviewing) -> None:
    (task,) = await desk.counter.add(order(("seller",), name="gone.pdf"))
    await desk.counter.lose(task)
    await desk.open()
    await desk.window.until("!document.querySelector('.gone').hidden")


async def undo(desk: Reviewing) -> None:
    await desk.counter.add(order(("seller",), name="a.pdf"), order(("number", "total"), name="b.pdf"))
    await desk.open()
    await desk.shows("a.pdf")
    await desk.window.press("Enter")
    await desk.shows("b.pdf")
    await desk.window.until("!document.querySelector('.toast .quiet').hidden")


async def disagreeing(counter: Counter) -> None:
    """Let two people decide the same field differently."""
    (first,) = await counter.add(order(("seller",)))
    second = replace(first, task_id=f"{first.task_id}-2", lane=Lane.DOUBLE, review_id="second")
    await counter.queue.enrol([second])
    content = await Contents(counter.store, PinnedParts()).of_task(first)
    for task, who, value in ((first, "anna", "Alpha"), (second, "bert", "Beta")):
        entry = Entry(path="seller", action="correct", value=value, source="typed")
        given = Submission(fields=(entry,))
        _, lease = await counter.queue.claim_one(Claimant(who), task.task_id)
        handed = Handed(
            task_id=task.task_id,
            reviewer_id=who,
            version=1,
            token=lease.token,
            idempotency_key=who,
            request_digest=who,
            kind="fields",
            body=judge(content, task, given).body,
            sent=given.model_dump(mode="json"),
        )
        await counter.queue.submit(handed)
    counter.clock.ahead = UNDO
    await counter.queue.release_due()


SCENES: dict[str, Scene] = {
    one.__name__: one
    for one in (
        queue, waiting, settings, admin, tokens, history, decisions, login, ended, empty, loading, field,
        clean, walk, override, table, curve, partless, split, whole, together, conflict, offline, kept,
        keys, hard, disagreement, failing, gone, undo,
    )
}  # fmt: skip
WINDOWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1024, "height": 768}},
    "zoomed": {"color_scheme": "light", "viewport": {"width": 720, "height": 450}, "device_scale_factor": 2},
    "narrow": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}
