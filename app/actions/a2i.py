"""What ``doctrail review a2i`` does: a desk of the queue at which Amazon A2I's people work."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

from agents.bundles import PinnedParts
from app.engine import interrupting
from app.printing import say
from app.reviewing import open_queue, publishing
from app.settings import Settings, SettingsError
from app.wiring import open_doctrail, page_reader
from review.a2i.desk import A2IDesk
from review.a2i.loops import A2ILoops
from review.api.pictures import Pictures
from review.queue.queue import ReviewQueue
from review.sheet.content import Contents


def a2i_loops(settings: Settings) -> A2ILoops:
    """Return Amazon A2I as the settings name it.

    Raises:
        SettingsError: No flow or no staging place is set.
        A2IError: What is set is neither.
    """
    if not settings.a2i_flow or not settings.a2i_staging:
        raise SettingsError(
            "DOCTRAIL_A2I_FLOW and DOCTRAIL_A2I_STAGING name the flow definition and where its pages are put"
        )
    return A2ILoops(settings.a2i_flow, settings.a2i_staging)


async def serve_a2i(settings: Settings, *, check: bool) -> None:
    """Work until interrupted; with ``check`` only try what is needed.

    Raises:
        SettingsError: No flow or no staging place is set.
        A2IError: A permission is missing; it is named.
    """
    loops = a2i_loops(settings)
    # What is denied is said before the first task, not at it.
    say(await asyncio.to_thread(loops.exercise))
    if check:
        return
    stop = asyncio.Event()
    async with (
        open_doctrail(settings, needs_catalog=False) as doctrail,
        open_queue(settings) as queue,
        page_reader(settings) as reader,
        AsyncExitStack() as stack,
    ):
        contents = Contents(doctrail.store, PinnedParts())
        await stack.enter_async_context(publishing(queue, doctrail.store, doctrail.bus, contents))
        policy = replace(queue.policy, most_held=settings.a2i_at_once)
        desk = A2IDesk(
            ReviewQueue(queue.database, policy),
            contents,
            loops,
            Pictures(doctrail.store, contents, reader.render),
            at_once=settings.a2i_at_once,
        )
        with interrupting(stop):
            await desk.run(stop)
