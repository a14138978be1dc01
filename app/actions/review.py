"""What ``doctrail review serve`` does: the API of the queue, and decisions on their way out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from agents.bundles import PinnedParts
from app.collector import answer_promptly
from app.engine import interrupting
from app.printing import complain, say
from app.reviewing import PAGE_SECRET, login_provider, open_queue, publishing
from app.settings import Settings
from app.wiring import Doctrail, installed_version, open_doctrail, page_reader
from review.api.app import Served, build_app, warm
from review.api.guard import Access
from review.api.serving import Address, App, PortTakenError, bind, require_door, serve
from review.people.accounts import Accounts
from review.people.secret import shared_secret
from review.queue.queue import ReviewQueue
from review.sheet.content import Contents

_DRAWING = 15
"""Niceness of what draws pages: most are drawn before anybody asks, and who asks for a task goes first."""


async def serve_reviews(settings: Settings, address: Address, *, auth: bool) -> None:
    """Serve until interrupted; requests under way and decisions on their way are finished.

    Raises:
        OpenDoorError: Others could reach it, and nobody has to say who he is.
        PortTakenError: The port can't be had.
    """
    require_door(address, auth=auth)
    bound = bind(address)
    stop = asyncio.Event()
    async with (
        open_doctrail(settings, needs_catalog=False) as doctrail,
        open_queue(settings) as queue,
        AsyncExitStack() as stack,
    ):
        contents = Contents(doctrail.store, PinnedParts())
        await stack.enter_async_context(publishing(queue, doctrail.store, doctrail.bus, contents))
        app = await stack.enter_async_context(review_app(doctrail, queue, contents, address, auth=auth))
        say(f"reviews: http://{address.host}:{bound.getsockname()[1]}/ (their API: /v1/openapi.json)")
        answer_promptly()
        with interrupting(stop):
            await serve(app, bound, stop)


@asynccontextmanager
async def reviewing_beside(doctrail: Doctrail) -> AsyncIterator[str | None]:
    """Serve the page on loopback while the block lasts, and yield its address.

    None where it is switched off, or where the port is taken: the agents work all the same.
    """
    settings = doctrail.settings
    if not settings.review_serve:
        yield None
        return
    try:
        bound = bind(Address("127.0.0.1", settings.review_port))
    except PortTakenError as error:
        complain(f"the review page is not served: {error}; or set DOCTRAIL_REVIEW_PORT")
        yield None
        return
    address, stop = Address("127.0.0.1", bound.getsockname()[1]), asyncio.Event()
    async with (
        open_queue(settings) as queue,
        review_app(doctrail, queue, Contents(doctrail.store, PinnedParts()), address, auth=False) as app,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(serve(app, bound, stop))
        try:
            yield f"http://{address.host}:{address.port}/"
        finally:
            stop.set()


@asynccontextmanager
async def review_app(
    doctrail: Doctrail, queue: ReviewQueue, contents: Contents, address: Address, *, auth: bool
) -> AsyncIterator[App]:
    """Yield the API over an open installation and its queue."""
    accounts = Accounts(queue.database)
    async with page_reader(doctrail.settings, niceness=_DRAWING) as reader, asyncio.TaskGroup() as group:
        reader.warm()
        served = Served(
            queue=queue,
            accounts=accounts,
            store=doctrail.store,
            contents=contents,
            secret=await shared_secret(doctrail.store, PAGE_SECRET),
            render=reader.render,
            version=installed_version(),
            provider=login_provider(doctrail.settings) if auth else None,
        )
        access = Access(address.hosts, accounts if auth else None, secure=address.secure)
        warming = group.create_task(warm(served))
        yield build_app(served, access)
        warming.cancel()
