"""``doctrail topics``: what the bus must have before agents can run on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from app.commands.menu import AsJson, group
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from ops.topics import TopicFinding


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    topics = group("topics", "The topics of the bus.")
    topics.command("create")(create)
    topics.command("list")(listed)
    app.add_typer(topics, rich_help_panel=panel)


def create(*, as_json: AsJson = False) -> None:
    """Make the topics that are missing, with partitions, replicas and retention as set.

    A topic that is there is left as it is; where it differs from the settings, that is said.

    Example: doctrail topics create
    """
    _show(_topics(making=True), as_json=as_json)


def listed(*, as_json: AsJson = False) -> None:
    """List the topics; exits with 1 where one is missing.

    Example: doctrail topics list
    """
    found = _topics(making=False)
    _show(found, as_json=as_json)
    if any(topic.state == "missing" for topic in found):
        raise typer.Exit(1)


def _topics(*, making: bool) -> list[TopicFinding]:
    from app.buses import connect_bus, wanted_topics
    from app.session import settings
    from ops.topics import create_topics, list_topics

    chosen = settings()

    async def work() -> list[TopicFinding]:
        async with connect_bus(chosen) as bus:
            return await (create_topics if making else list_topics)(bus, wanted_topics(chosen))

    return asyncio.run(work())


def _show(found: list[TopicFinding], *, as_json: bool) -> None:
    if as_json:
        say_json([topic.model_dump(mode="json") for topic in found])
        return
    rows = [
        (topic.name, topic.state, _shown(topic.partitions), _shown(topic.replicas), _kept(topic))
        for topic in found
    ]
    say(*columns(("TOPIC", "STATE", "PARTITIONS", "REPLICAS", "KEPT"), rows))
    for topic in found:
        if topic.differences:
            say(f"{topic.name} is left as it is: {', '.join(topic.differences)}")


def _shown(number: int | None) -> str:
    return "–" if number is None else str(number)


def _kept(topic: TopicFinding) -> str:
    if topic.state == "missing" or topic.compacted is None:
        return "–"
    kept = "for ever" if topic.retention_seconds is None else f"{topic.retention_seconds / 86_400:g} days"
    return f"{kept}, the newest of each key longer" if topic.compacted else kept
