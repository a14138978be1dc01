from __future__ import annotations

import pytest

from doctypes.errors import BrokenTypeError
from doctypes.prompt import parse_prompt, render
from doctypes.schema_file import parse_schema
from tests.unit.doctypes.folders import PROMPT, schema


def test_a_prompt_knows_its_version_and_the_fields_it_mentions() -> None:
    prompt = parse_prompt(PROMPT.encode())

    assert (prompt.version, prompt.doc_type, prompt.tool) == ("1.0", "ticket", "record_fields")
    assert prompt.field_names == ("plate", "issued", "fine", "officers")


def test_rendering_names_each_field_with_its_kind() -> None:
    text = render(parse_prompt(PROMPT.encode()), parse_schema(schema()))

    assert text == (
        "Read `plate` (identifier), `issued` (date), `fine` (money) and "
        "`officers` (person, any number of values).\n"
    )


def test_line_endings_of_another_system_change_nothing() -> None:
    assert parse_prompt(PROMPT.replace("\n", "\r\n").encode()) == parse_prompt(PROMPT.encode())


def test_rendering_a_field_the_type_lacks_fails() -> None:
    prompt = parse_prompt(PROMPT.replace("field:plate", "field:colour").encode())

    with pytest.raises(KeyError):
        render(prompt, parse_schema(schema()))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PROMPT.removeprefix("---\n"), "must begin with front matter"),
        (PROMPT.replace("version: 1.0\n", ""), "front matter lacks 'version'"),
        (PROMPT.replace("version: 1.0", "version:"), "is not 'key: value'"),
        (PROMPT.replace("tool:", "version:"), "gives 'version' twice"),
        (PROMPT.replace("tool:", "tol:"), "'tol' is not one of"),
        (PROMPT.replace("{{field:plate}}", "{{plate}}"), "'{{plate}}' is not of the form"),
        (PROMPT.replace("{{field:officers}}", "{{field:officers"), "'{{' is never closed"),
        (PROMPT.split("Read")[0], "has no text"),
    ],
)
def test_a_mistake_in_a_prompt_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BrokenTypeError) as caught:
        parse_prompt(text.encode(), "ticket/prompt.md")

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("ticket/prompt.md")


def test_a_prompt_that_is_not_text_is_named() -> None:
    with pytest.raises(BrokenTypeError, match="not UTF-8 at byte 3"):
        parse_prompt(b"abc\xff")
