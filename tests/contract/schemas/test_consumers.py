"""The table of topics says who reads what; the agents say it of themselves; both must agree."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import Any

import agents
import catalog
import review
from schemas.topics import READ, TOPICS


def handlers() -> dict[str, set[str]]:
    """Return the events that each handler consumes, by its name."""
    found = {}
    for room in (agents, catalog, review):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".migrations." in module.name:
                continue
            classes: list[tuple[str, Any]] = inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            )
            for _, kind in classes:
                if kind.__module__ == module.name and hasattr(kind, "consumes") and hasattr(kind, "handle"):
                    found[str(kind.name)] = {message.event for message in consumed(kind)}
    return found


def consumed(kind: type[Any]) -> Any:
    # A dataclass with slots keeps its defaults in its fields alone.
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return next(
        (field.default for field in fields if field.name == "consumes"), getattr(kind, "consumes", ())
    )


def test_the_table_names_the_consumers_that_there_are() -> None:
    table: dict[str, set[str]] = {}
    for topic in READ.values():
        for consumer in topic.consumers:
            table.setdefault(consumer, set()).add(topic.name)

    assert handlers() == table


def test_every_topic_has_a_consumer() -> None:
    assert all(topic.consumers for topic in TOPICS.values())
