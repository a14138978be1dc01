"""Logging in at a provider: whom it vouches for gets in, and no word of it is taken that can't be checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from app.reviewing import login_provider
from app.settings import Settings, SettingsError
from review.api.oidc import AWAY, BACK
from review.people.accounts import Role
from review.people.oidc import Provider, UnsafeProviderError
from tests.unit.review.api import Desk, open_desk
from tests.unit.review.provider import CLIENT, ISSUER, SECRET, LocalProvider

pytestmark = pytest.mark.anyio


@pytest.fixture
async def vouched(folder: Path) -> AsyncIterator[tuple[Desk, LocalProvider]]:
    """A door with a provider beside it, and Anna, who works here."""
    local = LocalProvider()
    provider = Provider(ISSUER, CLIENT, SECRET, transport=httpx2.ASGITransport(app=local.app))
    async with open_desk(folder, auth=True, provider=provider) as desk:
        local.seconds = desk.clock.seconds
        await desk.accounts.add("anna", (Role.REVIEWER,))
        yield desk, local


async def come_back(desk: Desk, local: LocalProvider, **spoiled: str) -> httpx2.Response:
    """Go to the provider, log in there, and come back."""
    sent = await desk.client.get(AWAY)
    assert sent.status_code == 302, sent.text
    return await desk.client.get(BACK, params={**local.log_in(sent.headers["location"]), **spoiled})


async def test_whom_the_provider_vouches_for_works_here(vouched: tuple[Desk, LocalProvider]) -> None:
    desk, local = vouched
    assert (await desk.client.get("/v1/session")).json() == {"password": True, "oidc": AWAY}

    answer = await come_back(desk, local)

    assert answer.status_code == 200
    cookie = next(
        one for one in answer.headers.get_list("set-cookie") if one.startswith("doctrail_session=")
    ).lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    me = (await desk.client.get("/v1/me")).json()
    assert (me["name"], me["roles"]) == ("anna", ["reviewer"])
    without = await desk.client.post("/v1/review/claim", json={})
    assert without.json()["code"] == "csrf"


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://other.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"], "azp": "another client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"at_hash": "AAAA"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
        {"email": "nobody"},
        {"configured": "https://other.example"},
    ],
)
async def test_a_word_that_does_not_hold_lets_nobody_in(
    vouched: tuple[Desk, LocalProvider], lies: dict[str, Any]
) -> None:
    desk, local = vouched
    sent = await desk.client.get(AWAY)
    local.lies = lies

    answer = await desk.client.get(BACK, params=local.log_in(sent.headers["location"]))

    assert (answer.status_code, answer.json()["code"]) == (401, "oidc")
    assert (await desk.client.get("/v1/me")).status_code == 401


async def test_a_token_signed_by_somebody_else_lets_nobody_in(vouched: tuple[Desk, LocalProvider]) -> None:
    desk, local = vouched
    local.shown = ECKey.generate_key("P-256", {"kid": "one"})

    assert (await come_back(desk, local)).status_code == 401


async def test_a_log_in_serves_once_in_its_own_browser_and_not_for_long(
    vouched: tuple[Desk, LocalProvider],
) -> None:
    desk, local = vouched
    came = local.log_in((await desk.client.get(AWAY)).headers["location"])
    cookie = desk.client.cookies["doctrail_oidc"]

    async def back(held: str, **spoiled: str) -> int:
        desk.client.cookies.clear()
        headers = {"Cookie": f"doctrail_oidc={held}"} if held else {}
        return (await desk.client.get(BACK, params={**came, **spoiled}, headers=headers)).status_code

    assert [await back(held) for held in ("", "x", f"{cookie}0", cookie.partition(".")[0])] == [401] * 4
    assert await back(cookie, state="another") == 401
    assert await back(cookie) == 200
    assert await back(cookie) == 401
    came = local.log_in((await desk.client.get(AWAY)).headers["location"])
    held = desk.client.cookies["doctrail_oidc"]
    desk.clock.on(minutes=11)
    assert await back(held) == 401


async def test_a_provider_that_refuses_or_fails_is_said(vouched: tuple[Desk, LocalProvider]) -> None:
    desk, local = vouched
    sent = await desk.client.get(AWAY)
    state = local.log_in(sent.headers["location"])["state"]
    refused = await desk.client.get(BACK, params={"error": "access_denied", "state": state})
    local.down = True
    down = await desk.client.get(AWAY)

    assert (refused.status_code, down.status_code) == (401, 503)


async def test_whoever_was_put_out_is_let_in_by_nobody(vouched: tuple[Desk, LocalProvider]) -> None:
    desk, local = vouched
    (anna,) = await desk.accounts.all()
    await desk.accounts.change(anna["reviewer_id"], active=False)

    assert (await come_back(desk, local)).status_code == 401


async def test_without_a_provider_there_is_no_such_way(door: Desk) -> None:
    assert (await door.client.get("/v1/session")).json()["oidc"] is None
    assert (await door.client.get(AWAY)).json()["code"] == "no_provider"


@pytest.mark.parametrize("issuer", ["http://idp.example", "idp.example", "https://", "file:///x"])
def test_a_provider_is_reached_by_https_alone(issuer: str) -> None:
    with pytest.raises(UnsafeProviderError):
        Provider(issuer, CLIENT, SECRET)


def test_settings_name_what_is_missing() -> None:
    assert login_provider(Settings()) is None
    with pytest.raises(SettingsError, match="CLIENT_ID"):
        login_provider(Settings(review_oidc_issuer="https://idp.example"))
