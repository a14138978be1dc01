"""What is written in another form than before, though nobody touched the consumer."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import AwareDatetime, Field, SerializerFunctionWrapHandler, model_serializer

from schemas.message import Message
from tests.contract.schemas.copying import CLASSIFIED, READERS, Copy, page_count_published, variant


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
