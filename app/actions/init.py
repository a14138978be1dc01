"""What ``doctrail init`` does: everything that must be there before services of their own can run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import catalog.connect
import store.connect
from app.buses import connect_bus, wanted_topics
from app.clock import utc_now
from app.reviewing import open_queue
from app.settings import Settings
from app.wiring import releases
from ops.topics import TopicFinding, create_topics
from ops.words import several, short, visible
from review.people.accounts import Accounts, NameTakenError, Role
from schemas.errors import TransientError
from store.places import ensure_place
from store.registry import RELEASE_SLOT, Registry

BY = "doctrail init"
"""Who publishes the release of a new installation."""

ADMIN = "admin"
"""The first reviewer, who adds the others."""
ADMIN_MAY = (Role.REVIEWER, Role.ADJUDICATOR, Role.ADMIN)

AGAIN_SECONDS = 1.0
"""How long a service that does not answer yet is left alone."""

T = TypeVar("T")
Tell = Callable[[str], None]


async def initialise(settings: Settings, *, patience: float, tell: Tell, remark: Tell) -> None:
    """Make bucket, topics and tables where they are missing, and a first release live; repeatable.

    Args:
        settings: Of the installation.
        patience: Seconds to wait for a service that does not answer yet.
        tell: Told what was done.
        remark: Told what is waited for.

    Raises:
        PipelineError: Something can't be made, or a service did not answer in time.
    """
    until = time.monotonic() + patience

    async def patiently(step: Callable[[], Awaitable[T]]) -> T:
        return await answered(step, until=until, remark=remark)

    tell(_place(await patiently(lambda: ensure_place(settings.store))))
    tell(_topics(await patiently(lambda: _make_topics(settings))))
    await patiently(lambda: _migrate(settings))
    tell("catalog: up to date")
    tell(await patiently(lambda: _admit(settings)))
    tell(await patiently(lambda: _publish(settings)))


async def answered(
    step: Callable[[], Awaitable[T]], *, until: float, remark: Tell, again: float = AGAIN_SECONDS
) -> T:
    """Return what ``step`` answers, trying again while a service does not answer; that is said once.

    Args:
        until: Time by ``time.monotonic`` after which it is not tried again.
        again: Seconds between two tries.
    """
    told = False
    while True:
        try:
            return await step()
        except TransientError as error:
            if time.monotonic() >= until:
                raise
            if not told:
                told = True
                remark(f"{error}; waiting for it")
            await asyncio.sleep(again)


async def make_places(settings: Settings) -> None:
    """Make the bucket and the topics where they are missing, and nothing in them; repeatable.

    Raises:
        PipelineError: Something can't be made, or a service does not answer.
    """
    await ensure_place(settings.store)
    await _make_topics(settings)


def _place(made: bool) -> str:
    return "store: bucket made" if made else "store: there"


async def _make_topics(settings: Settings) -> list[TopicFinding]:
    async with connect_bus(settings) as bus:
        return await create_topics(bus, wanted_topics(settings))


def _topics(found: list[TopicFinding]) -> str:
    made = sum(topic.state == "made" for topic in found)
    others = "".join(
        f"; {topic.name} is left as it is: {', '.join(topic.differences)}"
        for topic in found
        if topic.differences
    )
    return f"bus: {several(len(found), 'topic')}, {made} made now{others}"


async def _migrate(settings: Settings) -> None:
    async with catalog.connect.connect(settings.database):
        pass


async def _admit(settings: Settings) -> str:
    """Make the review queue's tables, and the first admin where his password is set; his own stands."""
    async with open_queue(settings) as queue:
        if settings.review_admin_password is None:
            return "reviews: up to date"
        password = settings.review_admin_password.get_secret_value()
        try:
            await Accounts(queue.database).add(ADMIN, ADMIN_MAY, password=password)
        except NameTakenError:
            return f"reviews: up to date, {ADMIN} is there"
    return f"reviews: up to date, {ADMIN} added now"


async def _publish(settings: Settings) -> str:
    """Publish the type folders; what a person has published stands until a person changes it."""
    objects = store.connect.connect(settings.store)
    live = await Registry(objects).live(RELEASE_SLOT)
    if live is not None and live.statement.by != BY:
        who = visible(live.statement.by)
        return f"release: {short(live.statement.what)} is live, published by {who}; left as it is"
    digest, _ = await releases(settings, objects).publish(utc_now(), by=BY, mark="dev")
    same = live is not None and live.statement.what == digest
    return f"release: {short(digest)} is live{' already' if same else ' now'}"
