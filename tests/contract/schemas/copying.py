"""A copy of what is published, and models that somebody changed, for the tests of the check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import create_model

from schemas.check import Problem, check
from schemas.documents import DocumentClassified
from schemas.message import Message
from schemas.publish import write
from schemas.topics import Topic
from schemas.upcasters import Upcast

CLASSIFIED = "documents.classified"
READERS = ("extraction", "validation", "catalog")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of what is published, in which mistakes can be made.

    Attributes:
        folder: Holds ``published`` and ``golden``.
        topics: The table, with a changed model in it.
        upcasters: Steps from older major versions.
    """

    folder: Path
    topics: dict[str, Topic]
    upcasters: Mapping[tuple[str, int], Upcast] = field(default_factory=dict)

    def with_model(self, model: type[Message]) -> Copy:
        topic = replace(self.topics[model.event], message=model)
        return replace(self, topics={**self.topics, model.event: topic})

    def publish(self) -> Copy:
        write(self.folder / "published", self.topics)
        return self

    def add_golden(self, version: str, **data: Any) -> Copy:
        golden = json.loads(self.golden("1.0", "full").read_text())
        golden["dataschema"] = f"doctrail:{CLASSIFIED}/{version}"
        golden["data"] |= data
        path = self.golden(version, "full")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(golden))
        return self

    def golden(self, version: str, name: str) -> Path:
        return self.folder / "golden" / CLASSIFIED / version / f"{name}.json"

    def check(self) -> list[Problem]:
        return check(self.folder / "published", self.folder / "golden", self.topics, self.upcasters)


def variant(
    version: tuple[int, int] = (1, 0),
    *,
    without: str | None = None,
    base: type[Message] = Message,
    **fields: Any,
) -> type[Message]:
    """Return a DocumentClassified that somebody changed."""
    kept: dict[str, Any] = {
        name: (info.annotation, info._copy())
        for name, info in DocumentClassified.model_fields.items()
        if name != without and name not in fields
    }
    model = create_model(
        "DocumentClassified", __base__=base, __doc__=DocumentClassified.__doc__, **kept, **fields
    )
    model.event = CLASSIFIED
    model.version = version
    return model


def page_count_published(copy: Copy) -> Copy:
    """An optional field was added upstream the right way."""
    added = copy.with_model(variant((1, 1), page_count=(int | None, None)))
    return added.publish().add_golden("1.1", page_count=3)
