"""Look-ups that rules declare: what a tool is asked with which fields, and the answers rules judge by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doctypes.rule_inputs import Unknown
from schemas.fields import Cell
from schemas.results import Lookup

Asked = tuple[str, tuple[tuple[str, str], ...]]
"""A question: the tool, and its arguments in order."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question that a rule asks a tool.

    Attributes:
        tool: Its name.
        fields: The field whose first value is given for each argument; one that is not in the record is
            left out.
    """

    tool: str
    fields: tuple[tuple[str, str], ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields it is asked with."""
        return tuple(field for _, field in self.fields)

    def arguments(self, fields: Mapping[str, Cell]) -> dict[str, str]:
        """Return what the tool is asked with, from the record's fields."""
        values = {argument: fields[field].value for argument, field in self.fields if field in fields}
        return {argument: value for argument, value in values.items() if value}


def look_up(tool: str, **fields: str) -> LookUp:
    """Return a question to ``tool``: ``look_up("find_vendor", name="seller_name", iban="iban")``."""
    return LookUp(tool, tuple(sorted(fields.items())))


def asked(tool: str, arguments: Mapping[str, str]) -> Asked:
    """Return a question as answers are found by it."""
    return tool, tuple(sorted(arguments.items()))


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, by question; a question that nobody asked has none."""

    given: Mapping[Asked, Lookup]

    @classmethod
    def of(cls, lookups: Iterable[Lookup]) -> Answers:
        """Return the answers that a record was judged by."""
        return cls({asked(one.tool, one.arguments): one for one in lookups})

    def to(self, question: LookUp, fields: Mapping[str, Cell]) -> Mapping[str, Any]:
        """Return the answer; *cannot tell* where there is none, with the reason.

        Raises:
            Unknown: Nothing to ask with, nobody asked, or no answer.
        """
        arguments = question.arguments(fields)
        if not arguments:
            raise Unknown(f"nothing to ask {question.tool} with")
        found = self.given.get(asked(question.tool, arguments))
        if found is None:
            raise Unknown(f"{question.tool} was not asked about these values")
        if found.content is None:
            raise Unknown(found.problem or f"{question.tool} gave no answer")
        return found.content


NO_ANSWERS = Answers({})
