"""Every mistake that breaks a consumer, made on a copy, and what the check says of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, Field, SerializerFunctionWrapHandler, create_model, model_serializer
from pydantic.fields import FieldInfo

from schemas.check import Problem, check
from schemas.documents import DocumentClassified
from schemas.forms import Code, Id
from schemas.message import Message
from schemas.objects import MessageRef
from schemas.publish import GOLDEN, PUBLISHED, SchemaVersionError, show, write
from schemas.topics import TOPICS, Topic
from schemas.upcasters import Upcast

CLASSIFIED = "documents.classified"
READERS = ("extraction", "validation", "catalog")


class FewerRoutes(StrEnum):
    EXTRACT = "extract"
    REVIEW = "review"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class MoreRoutes(StrEnum):
    EXTRACT = "extract"
    REVIEW = "review"
    REJECT = "reject"
    SPLIT = "split"
    WITHDRAW = "withdraw"
    ARCHIVE = "archive"


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


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(PUBLISHED, tmp_path / "published")
    shutil.copytree(GOLDEN, tmp_path / "golden")
    return Copy(tmp_path, dict(TOPICS))


def variant(
    version: tuple[int, int] = (1, 0),
    *,
    without: str | None = None,
    base: type[Message] = Message,
    **fields: Any,
) -> type[Message]:
    """Return a DocumentClassified that somebody changed."""
    kept: dict[str, Any] = {
        name: (info.annotation, _copy(info))
        for name, info in DocumentClassified.model_fields.items()
        if name != without and name not in fields
    }
    model = create_model(
        "DocumentClassified", __base__=base, __doc__=DocumentClassified.__doc__, **kept, **fields
    )
    model.event = CLASSIFIED
    model.version = version
    return model


def _copy(info: FieldInfo) -> FieldInfo:
    return info._copy()


def test_the_copy_itself_has_no_problem(copy: Copy) -> None:
    assert copy.check() == []


def test_a_model_rebuilt_without_a_change_has_no_problem(copy: Copy) -> None:
    assert copy.with_model(variant()).check() == []


def mistakes() -> list[tuple[str, str, Callable[[tuple[int, int]], type[Message]], str]]:
    """Name, field, changed model by version, and what the check must say of it."""
    return [
        (
            "changed type",
            "data.run_id",
            lambda v: variant(v, run_id=(int, ...)),
            "is written as integer instead of string",
        ),
        ("removed field", "data.reason", lambda v: variant(v, without="reason"), "was removed"),
        ("removed required field", "data.route", lambda v: variant(v, without="route"), "was removed"),
        (
            "renamed field",
            "data.reason",
            lambda v: variant(v, without="reason", reason_code=(Code | None, None)),
            "was removed (renamed to data.reason_code?)",
        ),
        (
            "new required field",
            "data.page_count",
            lambda v: variant(v, page_count=(int, ...)),
            "is new and required",
        ),
        (
            "optional field that became required",
            "data.result",
            lambda v: variant(v, result=(MessageRef, ...)),
            "became required",
        ),
        (
            "required field that became optional",
            "data.run_id",
            lambda v: variant(v, run_id=(Id | None, None)),
            "became optional",
        ),
        (
            "narrowed enum",
            "data.route",
            lambda v: variant(v, route=(FewerRoutes, ...)),
            "lost the value 'split'",
        ),
        (
            "widened enum",
            "data.route",
            lambda v: variant(v, route=(MoreRoutes, ...)),
            "gained the value 'archive'",
        ),
        (
            "changed default",
            "data.decided_by",
            lambda v: variant(v, decided_by=(Literal["model", "human"], "human")),
            "changed what its absence means, from 'model' to 'human'",
        ),
        (
            "changed pattern",
            "data.reason",
            lambda v: variant(v, reason=(Annotated[str, Field(pattern="^[A-Z]+$")] | None, None)),
            "changed its pattern",
        ),
    ]


@pytest.mark.parametrize(
    ("field", "model", "said"), [case[1:] for case in mistakes()], ids=[case[0] for case in mistakes()]
)
def test_a_mistake_without_a_new_version_is_named_with_its_field_and_consumers(
    copy: Copy, field: str, model: Callable[[tuple[int, int]], type[Message]], said: str
) -> None:
    problem = next(p for p in copy.with_model(model((1, 0))).check() if p.field == field)

    assert said in problem.sentence
    assert "without a new version" in problem.sentence
    assert problem.consumers == READERS
    assert "this would break extraction, validation, catalog" in problem.sentence


@pytest.mark.parametrize(
    ("field", "model", "said"), [case[1:] for case in mistakes()], ids=[case[0] for case in mistakes()]
)
def test_a_mistake_is_not_excused_by_a_new_minor_version(
    copy: Copy, field: str, model: Callable[[tuple[int, int]], type[Message]], said: str
) -> None:
    problem = next(p for p in copy.with_model(model((1, 1))).publish().check() if p.field == field)

    assert f"{said}" in problem.sentence
    assert "since 1.0" in problem.sentence
    assert problem.consumers == READERS
    assert "open major version 2" in problem.sentence


def test_a_new_optional_field_without_a_new_version_fails_and_names_the_next_one(copy: Copy) -> None:
    problems = copy.with_model(variant(page_count=(int | None, None))).check()

    assert [str(p) for p in problems] == [
        (
            "documents.classified 1.0: field data.page_count is new and optional without a new version: "
            "set version = (1, 1) in DocumentClassified"
        )
    ]


def test_publishing_does_not_overwrite_a_version_that_changed(copy: Copy) -> None:
    changed = copy.with_model(variant(page_count=(int | None, None)))

    with pytest.raises(
        SchemaVersionError, match=r"data\.page_count is new and optional; set version = \(1, 1\)"
    ):
        changed.publish()
    assert copy.check() == []


def test_a_new_version_that_was_not_published_is_named(copy: Copy) -> None:
    problems = copy.with_model(variant((1, 1), page_count=(int | None, None))).check()

    assert [p.sentence for p in problems] == [
        "is not published; run `doctrail schemas publish` and add its golden message"
    ]


def test_a_minor_version_without_its_golden_message_is_named(copy: Copy) -> None:
    problems = copy.with_model(variant((1, 1), page_count=(int | None, None))).publish().check()

    assert [str(p) for p in problems] == [
        "documents.classified 1.1: has no golden message; add golden/documents.classified/1.1/full.json"
    ]


def test_a_golden_message_that_does_not_show_the_new_field_is_named(copy: Copy) -> None:
    added = copy.with_model(variant((1, 1), page_count=(int | None, None))).publish().add_golden("1.1")

    assert [p.sentence for p in added.check()] == [
        "no golden message shows field data.page_count; add it to one of 1.1/*.json"
    ]


def page_count_published(copy: Copy) -> Copy:
    """An optional field was added upstream the right way."""
    added = copy.with_model(variant((1, 1), page_count=(int | None, None)))
    return added.publish().add_golden("1.1", page_count=3)


def test_an_optional_field_added_the_right_way_has_no_problem(copy: Copy) -> None:
    assert page_count_published(copy).check() == []


def test_an_optional_field_that_serialises_as_text_instead_of_a_number_is_named_with_its_consumers(
    copy: Copy,
) -> None:
    """The classic: nobody touched the consumer, and 3 arrives as "3"."""
    later = (
        page_count_published(copy).with_model(variant((1, 2), page_count=(Decimal | None, None))).publish()
    )

    broken = [p for p in later.check() if p.field == "data.page_count"]

    assert len(broken) == 1
    assert "is written as string instead of integer since 1.1" in broken[0].sentence
    assert "this would break extraction, validation, catalog" in broken[0].sentence
    golden = [p.sentence for p in later.check() if "serialises differently" in p.sentence]
    assert golden == [
        (
            'golden message full.json serialises differently: data.page_count was 3 and is now "3"; '
            "extraction, validation, catalog would read another value"
        )
    ]


class HiddenText(Message):
    """A serialiser without an annotation: no schema shows what it does."""

    @model_serializer(mode="wrap")
    def _as_text(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        data = handler(self)
        return data | {"page_count": str(data["page_count"])} if data.get("page_count") is not None else data


class ExplicitNull(Message):
    """Writes what is absent as null."""

    @model_serializer(mode="wrap")
    def _with_nulls(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        return {"page_count": None, **data}


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (HiddenText, 'data.page_count was 3 and is now "3"'),
        (ExplicitNull, "data.page_count was nothing and is now null"),
    ],
    ids=["a number as text", "absent as null"],
)
def test_what_only_the_bytes_show_is_found_in_the_golden_messages(
    copy: Copy, base: type[Message], said: str
) -> None:
    published = page_count_published(copy)
    minimal = json.loads(published.golden("1.0", "minimal").read_text())
    minimal["dataschema"] = f"doctrail:{CLASSIFIED}/1.1"
    minimal["data"]["decided_by"] = "model"
    published.golden("1.1", "minimal").write_text(json.dumps(minimal))

    sly = published.with_model(variant((1, 1), base=base, page_count=(int | None, None)))

    assert any(
        f"serialises differently: {said}; extraction, validation, catalog would read another value"
        in p.sentence
        for p in sly.check()
    )


def test_a_time_that_is_written_in_another_format_is_named(copy: Copy) -> None:
    def at(form: Any) -> type[Message]:
        return variant((1, 1), read_at=(form, None))

    published = (
        copy.with_model(at(AwareDatetime | None)).publish().add_golden("1.1", read_at="2026-11-21T09:00:00Z")
    )
    assert published.check() == []

    as_seconds = published.with_model(
        at(Annotated[datetime, Field(json_schema_extra={"format": "unix"})] | None)
    )

    assert any(
        p.field == "data.read_at" and "changed its format from 'date-time' to 'unix'" in p.sentence
        for p in as_seconds.check()
    )


def test_a_golden_message_that_no_longer_decodes_is_named_with_field_and_consumers(copy: Copy) -> None:
    stricter = copy.with_model(variant(reason=(Annotated[str, Field(pattern="^[A-Z]+$")] | None, None)))

    found = [p for p in stricter.check() if "can no longer be read" in p.sentence]

    assert len(found) == 1
    assert found[0].sentence.startswith(
        "golden message full.json can no longer be read by extraction, validation, catalog: "
        "message on documents.classified: data.reason: String should match pattern"
    )


def test_a_golden_message_that_somebody_edited_is_named(copy: Copy) -> None:
    path = copy.golden("1.0", "minimal")
    path.write_text(path.read_text().replace('"withdraw"', '"withdraw", "note": "John Smith"'))

    assert next(p.sentence for p in copy.check()) == (
        "golden message minimal.json does not match its published schema at $.data"
    )


def test_a_golden_message_that_is_no_json_is_named(copy: Copy) -> None:
    copy.golden("1.0", "minimal").write_text("{")

    assert any("golden message minimal.json is not JSON" in p.sentence for p in copy.check())


def test_a_model_older_than_what_is_published_is_named(copy: Copy) -> None:
    newer = page_count_published(copy)

    problems = newer.with_model(variant()).check()

    assert any("the model is older than 1.1, which is published" in p.sentence for p in problems)


def test_a_published_file_that_is_no_schema_any_more_is_named(copy: Copy) -> None:
    (copy.folder / "published" / CLASSIFIED / "1.0.json").write_text('{"type": 7}')

    assert any("1.0.json is no JSON Schema any more" in p.sentence for p in copy.check())


def test_a_topic_that_disappeared_is_named(copy: Copy) -> None:
    fewer = {name: topic for name, topic in copy.topics.items() if name != "reviews.decided"}

    problems = replace(copy, topics=fewer).check()

    assert [p.event for p in problems] == ["reviews.decided"]
    assert "no topic carries it any more" in problems[0].sentence


def test_an_outdated_description_only_asks_to_publish_again(copy: Copy) -> None:
    reworded = variant()
    reworded.__doc__ = "Says it in other words."
    reworded.model_rebuild(force=True)
    changed = copy.with_model(reworded)

    assert [p.sentence for p in changed.check()] == [
        "its descriptions are out of date; run `doctrail schemas publish`"
    ]
    assert changed.publish().check() == []


def test_a_new_major_version_may_change_anything_but_needs_an_upcaster_for_the_old_messages(
    copy: Copy,
) -> None:
    second = copy.with_model(variant((2, 0), run_id=(int, ...), without="reason")).publish()
    sentences = [p.sentence for p in second.check()]

    assert any(
        "is of unknown major version 1" in s and "no upcaster reads it any more" in s for s in sentences
    )
    assert not any("since 1.0" in s for s in sentences)


def test_lists_in_golden_messages_are_followed(copy: Copy) -> None:
    pages = copy.with_model(variant((1, 1), pages=(tuple[int, ...], ()))).publish()

    assert pages.add_golden("1.1", pages=[1, 2]).check() == []


def test_an_optional_list_becomes_a_list_of_texts(copy: Copy) -> None:
    pages = (
        copy.with_model(variant((1, 1), pages=(tuple[int, ...], ())))
        .publish()
        .add_golden("1.1", pages=[1, 2])
    )
    texts = pages.with_model(variant((1, 1), pages=(tuple[Decimal, ...], ())))

    assert any(p.field == "data.pages[]" and p.consumers == READERS for p in texts.check())
    assert any("data.pages[0] was 1 and is now" in p.sentence for p in texts.check())


def test_a_schema_that_was_never_published_is_named_with_those_that_were() -> None:
    with pytest.raises(
        SchemaVersionError, match=r"documents\.classified 7\.0 is not published; there is 1\.0"
    ):
        show(CLASSIFIED, (7, 0))
    with pytest.raises(
        SchemaVersionError, match=r"documents\.lost is not published; there is dead_letters, "
    ):
        show("documents.lost")


def test_a_file_that_is_no_version_is_left_alone(copy: Copy) -> None:
    (copy.folder / "published" / CLASSIFIED / "notes.json").write_text("{}")

    assert copy.check() == []
