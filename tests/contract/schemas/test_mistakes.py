"""Every mistake that breaks a consumer, made on a copy, and what the check says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field

from schemas.forms import Code, Id
from schemas.message import Message
from schemas.objects import MessageRef
from schemas.publish import SchemaVersionError, show
from tests.contract.schemas.copying import CLASSIFIED, READERS, Copy, page_count_published, variant


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


def test_a_model_older_than_what_is_published_is_named(copy: Copy) -> None:
    newer = page_count_published(copy)

    problems = newer.with_model(variant()).check()

    assert any("the model is older than 1.1, which is published" in p.sentence for p in problems)


def test_a_published_file_that_is_no_schema_any_more_is_named(copy: Copy) -> None:
    (copy.folder / "published" / CLASSIFIED / "1.0.json").write_text('{"type": 7}')

    assert any("1.0.json is no JSON Schema any more" in p.sentence for p in copy.check())


def test_a_topic_that_disappeared_is_named(copy: Copy) -> None:
    problems = replace(copy, topics={}).check()

    assert [p.event for p in problems] == [CLASSIFIED]
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


def test_an_upcaster_keeps_the_golden_messages_of_an_older_major_version_readable(copy: Copy) -> None:
    second = copy.with_model(variant((2, 0), withdrawn=(bool, ...), without="decided_by")).publish()
    upcasters = {(CLASSIFIED, 1): lambda data: data | {"withdrawn": data["route"] == "withdraw"}}
    sentences = [p.sentence for p in replace(second, upcasters=upcasters).check()]

    assert sentences == ["has no golden message; add golden/documents.classified/2.0/full.json"]


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
