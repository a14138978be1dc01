"""Getting in, over a record in the middle of it too: nothing that was entered is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from review.api.guard import COOKIE
from review.people.accounts import Role
from tests.browser.chromium import open_window
from tests.browser.counter import PASSWORD, open_counter
from tests.browser.orders import order
from tests.browser.reviewing import Reviewing

pytestmark = pytest.mark.anyio

MORE = tuple(order(name=f"more-{number}.pdf") for number in range(3))
"""So many that the desk does not look for work by itself meanwhile."""


@pytest.fixture
async def door(browser: Browser, migrated: Path, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """A desk where everybody says who he is."""
    async with open_counter(migrated, tmp_path, auth=True) as counter, open_window(browser) as window:
        await counter.accounts.add("anna", (Role.REVIEWER,), password=PASSWORD)
        yield Reviewing(window, counter)


async def log_in(desk: Reviewing) -> None:
    await desk.window.until("document.activeElement?.id === 'login-name'")
    await desk.window.type("anna")
    await desk.window.press("Tab")
    await desk.window.type(PASSWORD)
    await desk.window.press("Enter")


async def type_kept(desk: Reviewing, value: str) -> None:
    """Type a value and wait until nothing about it is on its way any more."""
    async with desk.window.page.expect_response("**/draft"):
        await desk.window.type(value)
    await judged_as(desk, value)


async def judged_as(desk: Reviewing, value: str) -> None:
    await desk.window.until(
        "value => document.querySelector('.field.on .norm b')?.textContent === value", value
    )


async def end_session(desk: Reviewing) -> None:
    """Let the session end under one key, which brings the dialog up, and go through it."""
    desk.counter.clock.ahead = timedelta(hours=13)
    await desk.window.type("a")
    await desk.window.until("document.querySelector('dialog.login-over') !== null")
    await log_in(desk)
    await desk.window.until("document.querySelector('dialog') === null")


async def test_a_session_that_ends_in_the_middle_of_a_record_costs_nothing(door: Reviewing) -> None:
    await door.counter.add(order(("seller", "number"), name="first.pdf"), order(name="second.pdf"), *MORE)
    await door.window.page.goto(door.counter.url + "/work")
    await log_in(door)
    await door.shows("first.pdf")
    await type_kept(door, "Alph")
    await end_session(door)
    assert await door.field() == "seller"
    await door.window.press("Enter", "Enter")
    await door.shows("second.pdf")

    assert (await door.decided(1))[0]["fields"][0]["after"] == ["Alpha"]


async def test_a_decision_arrives_though_another_tab_logged_in_anew(door: Reviewing) -> None:
    await door.counter.add(order(("seller",), name="first.pdf"), order(name="second.pdf"), *MORE)
    await door.window.page.goto(door.counter.url + "/work")
    await log_in(door)
    await door.shows("first.pdf")
    await type_kept(door, "Alpha")
    door.counter.clock.ahead = timedelta(hours=13)
    elsewhere = await door.window.context.request.post(
        door.counter.url + "/v1/session", data={"name": "anna", "password": PASSWORD}
    )
    assert elsewhere.status == 200
    await door.window.press("Enter")
    await door.shows("second.pdf")

    assert (await door.decided(1))[0]["fields"][0]["after"] == ["Alpha"]
    assert await door.window.ask("document.querySelector('dialog')") is None


async def test_nobody_gets_in_with_a_wrong_password_and_it_is_said(door: Reviewing) -> None:
    await door.window.page.goto(door.counter.url + "/login?next=//evil.example/")
    await door.window.type("anna")
    await door.window.press("Tab")
    await door.window.type("wrong password")
    await door.window.press("Enter")
    await door.window.until("document.querySelector('.login .wrong').textContent.includes('do not fit')")
    await door.window.type(PASSWORD)
    await door.window.press("Enter")
    await door.window.until("location.pathname === '/' && document.querySelector('.who').textContent !== ''")

    assert await door.window.ask("location.origin") == door.counter.url


async def test_a_provider_that_lets_people_in_has_its_button_and_leads_to_where_they_wanted(
    door: Reviewing,
) -> None:
    page, url = door.window.page, door.counter.url

    async def let_in(route: Route) -> None:
        session = await door.counter.accounts.admit("anna")
        assert session is not None
        await door.window.context.add_cookies([{"name": COOKIE, "value": session.secret, "url": url}])
        await route.fulfill(content_type="text/html", body='<meta http-equiv="refresh" content="0; url=/">')

    async def ways(route: Route) -> None:
        await route.fulfill(json={"password": True, "oidc": "/v1/session/oidc"})

    await page.route("**/v1/session", ways)
    await page.route("**/v1/session/oidc", let_in)
    await page.goto(url + "/login?next=/settings")
    await door.window.until("document.querySelector('.other') !== null")
    await door.window.press("Tab", "Tab", "Tab", "Enter")

    await door.window.until("location.pathname === '/settings' && document.querySelector('.list') !== null")


async def test_an_answer_that_missed_the_login_asks_for_no_second_one(door: Reviewing) -> None:
    await door.counter.add(order(("seller",), name="first.pdf"), *MORE)
    await door.window.page.goto(door.counter.url + "/work")
    await log_in(door)
    await door.shows("first.pdf")
    done = asyncio.Event()

    async def late(route: Route) -> None:
        refused = await route.fetch()
        await done.wait()
        await route.fulfill(response=refused)

    await type_kept(door, "Alph")
    await door.window.page.route("**/check", late, times=1)
    await end_session(door)
    done.set()
    await judged_as(door, "Alpha")

    assert await door.window.ask("document.querySelector('dialog')") is None
