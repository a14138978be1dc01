"""Which parts ``doctrail doctor`` exercises: those that the settings configure, each opened on its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import catalog.connect
import store.connect
from app.answering import open_model
from app.buses import connect_bus
from app.clock import utc_now
from app.knowledge import SERVERS, open_toolbox, urls_of
from app.settings import MEGABYTE, Settings
from app.wiring import installed_version, page_reader, release_parts, releases
from inference.protocol import ModelClient
from inference.tools.toolbox import Toolbox
from ops import doctor, doctor_parts
from ops.alerts.plan import load_plan
from ops.alerts.proof import try_alerts
from ops.doctor import Check, Finding, NotWorkingError, Scarce, examine
from ops.health import outage_words, outages
from schemas.errors import PipelineError
from store.protocol import ObjectStore
from store.releases import Release

if TYPE_CHECKING:
    from review.a2i.loops import Loops


async def check_up(settings: Settings) -> list[Finding]:
    """Exercise every configured part and return what was found."""
    async with _parts(settings) as checks:
        return await examine(checks)


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[list[Check]]:
    probe, home = uuid.uuid4().hex, str(settings.home)
    types = release_parts(settings).types
    # Opened by whichever check asks first; where that fails, every check that needs it says so.
    opened_store = cache(lambda: store.connect.connect(settings.store))
    async with AsyncExitStack() as stack:

        async def objects() -> str:
            return await doctor.try_store(opened_store(), probe)

        async def log() -> str:
            async with connect_bus(settings) as opened:
                return await doctor.try_bus(opened, probe)

        async def facts() -> str:
            async with catalog.connect.connect(settings.database) as opened:
                return await doctor.try_catalog(opened)

        async def clock() -> str:
            return await doctor.try_clock(opened_store(), utc_now())

        async def alerting() -> str:
            return await try_alerts(opened_store(), load_plan(settings.alerts), utc_now())

        reader = await stack.enter_async_context(page_reader(settings))
        yield [
            Check("store", f"make {home!r} writable, or set DOCTRAIL_STORE_URL", objects),
            Check("bus", _bus_remedy(settings), log),
            Check("catalog", "make its file writable, or run doctrail catalog rebuild", facts),
            Check("types", "correct the file that is named", lambda: doctor_parts.try_types(types)),
            Check("pages", "reinstall pypdfium2", lambda: doctor_parts.try_native_pages(reader)),
            Check("ocr", "reinstall rapidocr and onnxruntime", lambda: doctor_parts.try_ocr(reader)),
            *await _models(settings, opened_store, stack),
            *await _knowledge(settings, opened_store, stack),
            *a2i_checks(settings),
            Check(
                "outages",
                "mend what is named; messages wait for it, none is lost",
                lambda: what_waits(settings),
            ),
            Check("room", "free some", lambda: _room(settings)),
            Check("clock", "set the clock; the trail is dated by it", clock),
            Check("alerts", "doctrail alerts fire-drill; docs/operations/alerts.md says more", alerting),
        ]


async def _models(
    settings: Settings, opened_store: Callable[[], ObjectStore], stack: AsyncExitStack
) -> list[Check]:
    """Return one check per live variant, or the one that says why none can be asked."""
    remedy = "mend what is named; a variant is trained again, or restored from a copy of the store"
    try:
        objects = opened_store()
        client = await stack.enter_async_context(open_model(settings, objects))
        await releases(settings, objects).digest(utc_now())
        release = await doctor_parts.live_release(objects)
    except PipelineError as error:
        return [Check("models", "mend what is named, then run doctor again", _failing(error))]
    return [
        *_endpoint(settings, objects, client, release),
        Check("model classifier", remedy, lambda: doctor_parts.try_classifier(objects, client)),
        Check("model splitter", remedy, lambda: doctor_parts.try_splitter(objects, client)),
        *(
            Check(f"model {name}", remedy, _extractor(objects, client, name))
            for name in sorted(release.bundles)
        ),
    ]


async def _knowledge(
    settings: Settings, opened_store: Callable[[], ObjectStore], stack: AsyncExitStack
) -> list[Check]:
    """Return one check per server of tools."""
    try:
        objects = opened_store()
    except PipelineError as error:
        return [Check("tools", "mend what is named, then run doctor again", _failing(error))]
    toolbox = await stack.enter_async_context(open_toolbox(settings, objects, installed_version()))
    return [
        Check(f"tools {name}", _tools_remedy(settings, name), _asking(objects, toolbox, name))
        for name in SERVERS
    ]


def a2i_checks(settings: Settings, loops: Callable[[], Loops] | None = None) -> list[Check]:
    """Return the check that Amazon A2I can be asked, where that is set up: every permission is used once.

    Args:
        settings: Whose A2I.
        loops: Opens it; by default as the settings say.
    """
    if not settings.a2i_flow and not settings.a2i_staging:
        return []

    async def exercise() -> str:
        from app.actions.a2i import a2i_loops

        opened = loops() if loops is not None else a2i_loops(settings)
        return await asyncio.to_thread(opened.exercise)

    return [Check("a2i", "mend what is named; docs/operations/a2i.md lists what A2I needs", exercise)]


def _asking(objects: ObjectStore, toolbox: Toolbox, name: str) -> Callable[[], Awaitable[str]]:
    return lambda: doctor_parts.try_knowledge(objects, toolbox, name)


def _tools_remedy(settings: Settings, name: str) -> str:
    if name in urls_of(settings):
        return (
            f"start `doctrail mcp serve {name}`, or correct DOCTRAIL_MCP_{name.upper()}_URL, _TOKEN or _HOSTS"
        )
    return "load knowledge again: doctrail mcp load"


def _endpoint(settings: Settings, objects: ObjectStore, client: ModelClient, release: Release) -> list[Check]:
    """Return the check of a remote endpoint; its errors name cause and remedy themselves."""
    if settings.model_url == "local:":
        return []
    remedy = "mend what is named; docs/operations/models.md has every setting"
    return [Check("model endpoint", remedy, lambda: doctor_parts.try_endpoint(objects, client, release))]


def _extractor(objects: ObjectStore, client: ModelClient, name: str) -> Callable[[], Awaitable[str]]:
    return lambda: doctor_parts.try_extractor(objects, client, name)


def _bus_remedy(settings: Settings) -> str:
    if settings.embedded:
        return f"make {str(settings.home)!r} writable on a local disk, or set DOCTRAIL_BUS_URL"
    return "mend what is named; doctrail topics list shows what is there"


def _failing(error: PipelineError) -> Callable[[], Awaitable[str]]:
    async def fail() -> str:
        raise error

    return fail


async def what_waits(settings: Settings) -> str:
    """Say what the process of this home waits for; see ``ops.health``."""
    found = await asyncio.to_thread(outages, settings.heartbeat_file, utc_now())
    if found.down:
        raise NotWorkingError("; ".join(outage_words(found)))
    if found.unknown is not None and settings.heartbeat_file.exists():
        raise Scarce(outage_words(found)[0])
    return found.unknown or "the running process waits for nothing"


async def _room(settings: Settings) -> str:
    return await doctor.try_room(Path(settings.home), memory_needed=settings.read_memory_mb * MEGABYTE)
