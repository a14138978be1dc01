"""Who may ask what: every route against every role, sessions, tokens, and passwords that are guessed."""

from __future__ import annotations

import re
import socket
from datetime import timedelta

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from review.api.guard import Access, Guard
from review.api.limits import Guesses
from review.api.problems import ProblemError
from review.api.routing import Call, Route
from review.api.serving import Address, OpenDoorError, bind, require_door
from review.page.site import Site
from review.people.accounts import LOCAL, Principal, Role
from review.queue.errors import RefusedError
from store.accesses import accesses
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import HOST, Desk
from tests.unit.review.routes import ALLOWED, OPEN

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"  # noqa: S105
REVIEWER, ADJUDICATOR, ADMIN, SERVICE = (frozenset((role,)) for role in Role)


def routes(desk: Desk) -> list[tuple[str, str]]:
    """Return everything that is served, as the application itself has it: methods and paths."""
    served = [route for route in desk.app.routes if isinstance(route, StarletteRoute)]
    assert len(served) == len(desk.app.routes)
    return [(method, one.path) for one in served for method in sorted((one.methods or set()) - {"HEAD"})]


async def token(desk: Desk, *roles: Role, who: str | None = None) -> dict[str, str]:
    reviewer_id = await desk.accounts.add(who or "-".join(roles), roles)
    _, secret = await desk.accounts.issue(reviewer_id, "test", roles, None)
    return {"Authorization": f"Bearer {secret}"}


async def test_every_route_is_in_the_table_of_what_was_meant_or_a_file_of_the_page(door: Desk) -> None:
    page = {f"{one.method} {one.path}" for one in Site().routes()}

    assert {f"{method} {path}" for method, path in routes(door)} == set(ALLOWED) | OPEN | page
    assert not page & (set(ALLOWED) | OPEN)
    assert all(one.method == "GET" and one.roles is None and one.body is None for one in Site().routes())


async def test_a_route_that_names_no_role_is_nobodys(door: Desk) -> None:
    async def never(call: Call[None]) -> Response:
        raise AssertionError(call)

    guarded = Guard(Access({HOST}, door.accounts), door.clock.seconds).wrap(
        Route("GET", "/x", never, frozenset(), "Nothing.")
    )
    app = Starlette(routes=[StarletteRoute("/x", guarded)])
    callers = [await token(door, role) for role in Role] + [await token(door, *Role, who="all"), {}]
    async with AsyncClient(transport=ASGITransport(app=app), base_url=f"http://{HOST}") as client:
        answers = [await client.get("/x", headers=headers) for headers in callers]

    assert [one.status_code for one in answers] == [403] * 5 + [401]


async def test_every_route_against_every_role(door: Desk) -> None:
    callers = {role.value: await token(door, role) for role in Role}
    wrong = []
    for method, path in routes(door):
        name = f"{method} {path}"
        if name not in set(ALLOWED) | OPEN:
            continue
        for role, headers in {**callers, "nobody": {}}.items():
            door.clock.on(seconds=10)
            asked = re.sub(r"\{\w+\}", "none", path)
            answer = await door.client.request(method, asked, headers=headers)
            let_in = answer.status_code not in (401, 403)
            if let_in is not (name in OPEN or role in ALLOWED.get(name, "").split()):
                wrong.append((name, role, answer.status_code))
            assert answer.status_code < 500

    assert wrong == []


async def test_a_token_gives_no_more_than_its_scopes(door: Desk) -> None:
    admin = await door.accounts.add("anna", (Role.ADMIN,))
    _, secret = await door.accounts.issue(admin, "reading", (Role.SERVICE,), None)

    answer = await door.client.get("/v1/reviewers", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 403


async def test_a_token_that_was_revoked_or_ran_out_is_worthless(door: Desk) -> None:
    who = await door.accounts.add("anna", (Role.ADMIN,))
    token_id, revoked = await door.accounts.issue(who, "one", (Role.ADMIN,), None)
    _, ends = await door.accounts.issue(who, "two", (Role.ADMIN,), timedelta(days=1))
    await door.accounts.revoke(token_id)
    door.clock.on(days=1)

    answers = [
        await door.client.get("/v1/me", headers={"Authorization": f"Bearer {one}"}) for one in (revoked, ends)
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


async def test_a_session_needs_its_cookie_and_its_token(door: Desk) -> None:
    await door.accounts.add("anna", (Role.REVIEWER,), password=PASSWORD)
    opened = await door.client.post("/v1/session", json={"name": "anna", "password": PASSWORD})
    csrf = opened.json()["csrf"]

    without = await door.client.post("/v1/review/claim", json={})
    within = await door.client.post("/v1/review/claim", json={}, headers={"X-CSRF-Token": csrf})
    await door.client.delete("/v1/session", headers={"X-CSRF-Token": csrf})
    after = await door.client.get("/v1/me")

    assert (without.json()["code"], within.status_code, after.status_code) == ("csrf", 200, 401)
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_session_ends_with_time_and_with_its_owners_leave(door: Desk) -> None:
    who = await door.accounts.add("anna", (Role.REVIEWER,), password=PASSWORD)
    first = await door.accounts.login("anna", PASSWORD)
    assert first is not None
    door.clock.on(hours=13)
    second = await door.accounts.login("anna", PASSWORD)
    assert second is not None
    assert await door.accounts.by_session(first.secret) is None

    await door.accounts.change(who, active=False)

    assert await door.accounts.by_session(second.secret) is None
    assert await door.accounts.login("anna", PASSWORD) is None


async def test_guessing_a_password_is_slowed_down(door: Desk) -> None:
    await door.accounts.add("anna", (Role.REVIEWER,), password=PASSWORD)
    guess = {"name": "anna", "password": "wrong"}
    statuses = [(await door.client.post("/v1/session", json=guess)).status_code for _ in range(7)]

    assert statuses == [401] * 5 + [429] * 2
    right = await door.client.post("/v1/session", json={"name": "anna", "password": PASSWORD})
    assert right.status_code == 429
    door.clock.on(minutes=1)
    right = await door.client.post("/v1/session", json={"name": "anna", "password": PASSWORD})
    assert right.status_code == 200


async def test_guesses_under_other_names_lock_nobody_out_who_comes_from_the_same_address(door: Desk) -> None:
    await door.accounts.add("anna", (Role.REVIEWER,), password=PASSWORD)
    for number in range(60):
        guess = {"name": f"made-up-{number}", "password": "wrong"}
        assert (await door.client.post("/v1/session", json=guess)).status_code == 401

    right = await door.client.post("/v1/session", json={"name": "anna", "password": PASSWORD})

    assert right.status_code == 200


def refused(guesses: Guesses, name: str) -> bool:
    try:
        guesses.take(name, "proxy")
    except ProblemError:
        return True
    return False


async def test_an_address_that_has_no_guess_left_takes_none_from_a_name(door: Desk) -> None:
    guesses = Guesses(door.clock.seconds)
    assert not any(refused(guesses, f"made-up-{number}") for number in range(100))
    assert all(refused(guesses, "anna") for _ in range(6))
    door.clock.on(seconds=1)

    assert [refused(guesses, "anna") for _ in range(5)] == [False] * 5


async def test_a_name_that_has_no_guess_left_takes_none_from_its_address(door: Desk) -> None:
    guesses = Guesses(door.clock.seconds)

    assert [refused(guesses, "bert") for _ in range(200)].count(False) == 5
    assert not refused(guesses, "anna")


async def test_reviewers_see_only_what_they_claimed(door: Desk) -> None:
    await door.workshop.submit(DOUBTFUL)
    anna, bert = await token(door, Role.REVIEWER, who="anna"), await token(door, Role.REVIEWER, who="bert")
    claimed = (await door.client.post("/v1/review/claim", json={}, headers=anna)).json()["tasks"][0]
    path, page = f"/v1/review/{claimed['task_id']}", claimed["pages"][0]["image"]

    hers = await door.client.get(path, headers=anna)
    his = await door.client.get(path, headers=bert)

    assert (hers.status_code, his.status_code) == (200, 404)
    assert (await door.client.get(page, headers=bert)).status_code == 403
    assert (await door.client.get("/v1/tasks", headers=bert)).json()["tasks"] == []
    assert "lane" not in hers.text


async def test_who_was_shown_which_document_is_noted(door: Desk) -> None:
    await door.workshop.submit(DOUBTFUL)
    anna, bert = await token(door, Role.REVIEWER, who="anna"), await token(door, Role.REVIEWER, who="bert")
    claimed = (await door.client.post("/v1/review/claim", json={}, headers=anna)).json()["tasks"][0]
    await door.client.get(f"/v1/review/{claimed['task_id']}", headers=bert)
    today = door.clock.now.date()

    found = [one async for one in accesses(door.workshop.store, since=today, until=today)]

    names = {one["reviewer_id"]: one["name"] for one in await door.accounts.all()}
    assert [(names[one.who], one.way, one.documents) for one in found] == [
        ("anna", "review", (claimed["document_id"],))
    ]


async def test_lanes_are_told_to_those_alone_who_do_not_work_on_them(door: Desk) -> None:
    await door.workshop.submit(DOUBTFUL)
    listed = {
        role: (await door.client.get("/v1/tasks", headers=await token(door, role))).json()["tasks"]
        for role in Role
    }

    assert listed[Role.REVIEWER] == []
    assert {role: {"lane", "due_at"} <= set(found[0]) for role, found in listed.items() if found} == {
        Role.ADJUDICATOR: False,
        Role.ADMIN: True,
        Role.SERVICE: True,
    }
    assert "holder" in listed[Role.ADJUDICATOR][0]


async def test_admins_keep_reviewers_and_never_change_themselves(door: Desk) -> None:
    who = await door.accounts.add("root", (Role.ADMIN,))
    _, secret = await door.accounts.issue(who, "test", (Role.ADMIN,), None)
    headers = {"Authorization": f"Bearer {secret}"}
    made = await door.client.post(
        "/v1/reviewers", json={"name": "anna", "roles": ["reviewer"], "password": PASSWORD}, headers=headers
    )
    again = await door.client.post(
        "/v1/reviewers", json={"name": "anna", "roles": ["reviewer"]}, headers=headers
    )
    weak = await door.client.post(
        "/v1/reviewers", json={"name": "bert", "roles": ["reviewer"], "password": "short"}, headers=headers
    )
    path = f"/v1/reviewers/{made.json()['reviewer_id']}"
    out = await door.client.patch(path, json={"active": False}, headers=headers)
    own = await door.client.patch(f"/v1/reviewers/{who}", json={"roles": ["service"]}, headers=headers)
    listed = await door.client.get("/v1/reviewers", headers=headers)

    assert [one.status_code for one in (made, again, weak, out, own)] == [201, 409, 422, 204, 409]
    assert "argon2" not in listed.text


async def test_an_address_others_can_reach_is_never_served_to_the_unknown() -> None:
    for address in (Address("::", 1), Address("10.0.0.7", 1), Address("127.0.0.1", 1, ("r.example",))):
        with pytest.raises(OpenDoorError):
            require_door(address, auth=False)
        require_door(address, auth=True)
    require_door(Address("::1", 1), auth=False)
    assert "[::1]:1" in Address("::1", 1).hosts
    assert issubclass(OpenDoorError, RefusedError)


def test_whoever_sits_at_the_machine_may_do_everything_but_what_programs_do() -> None:
    assert Principal("local", "local", frozenset(Role) - {Role.SERVICE}) == LOCAL


def test_small_answers_are_not_held_back_for_the_client_to_acknowledge_the_one_before() -> None:
    with bind(Address("127.0.0.1", 0)) as bound:
        # What asyncio looks at before it turns Nagle's algorithm off.
        assert bound.proto == socket.IPPROTO_TCP


def test_whoever_comes_before_the_server_has_started_waits_instead_of_being_refused() -> None:
    with bind(Address("127.0.0.1", 0)) as bound, socket.create_connection(bound.getsockname(), 60) as early:
        assert early.getpeername() == bound.getsockname()
