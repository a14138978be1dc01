"""The topics of the bus beside those that are wanted: made where missing, told where different."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bus.protocol import Bus
from bus.topics import TopicSettings
from schemas.layout import Frozen


class TopicFinding(Frozen):
    """One topic.

    Attributes:
        state: Whether it is there, was just made, or is missing.
        retention_seconds: None where it is kept for ever, or the bus has no such thing.
        differences: What is kept otherwise than the settings want it; it is left so.
    """

    name: str
    state: Literal["there", "made", "missing"]
    partitions: int | None = None
    replicas: int | None = None
    retention_seconds: float | None = None
    compacted: bool | None = None
    differences: tuple[str, ...] = ()


async def list_topics(bus: Bus, wanted: Mapping[str, TopicSettings]) -> list[TopicFinding]:
    """Return how each of the topics stands."""
    found = await bus.topics(tuple(wanted))
    return [_finding(name, plan, found.get(name), made=False) for name, plan in wanted.items()]


async def create_topics(bus: Bus, wanted: Mapping[str, TopicSettings]) -> list[TopicFinding]:
    """Make the topics that are missing, and return how each of them stands; doing it again makes none.

    Raises:
        BusError: The bus refuses some.
    """
    before = await bus.topics(tuple(wanted))
    await bus.create_topics(wanted)
    after = await bus.topics(tuple(wanted))
    return [_finding(name, plan, after.get(name), made=name not in before) for name, plan in wanted.items()]


def _finding(name: str, plan: TopicSettings, found: TopicSettings | None, *, made: bool) -> TopicFinding:
    if found is None:
        return TopicFinding(name=name, state="missing")
    kept = found.retention
    return TopicFinding(
        name=name,
        state="made" if made else "there",
        partitions=found.partitions,
        replicas=found.replicas,
        retention_seconds=None if kept is None or kept == float("inf") else kept,
        compacted=found.compacted,
        differences=tuple(plan.differences(found)),
    )
