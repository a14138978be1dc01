"""Where two tellings of a run part ways: the first step that differs, and every field that does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from ops.replay.told import Told
from schemas.fields import FieldState, FieldValue
from schemas.results import Extraction, RecordField
from store.trail import Step

VOLATILE = frozenset(
    {"reply", "request", "from_ledger", "bought_twice", "cost", "stage_key", "digest", "endpoint"}
)
"""What two tellings of the same work may differ in."""
IN_PLACE = "step"
"""What names, of a step that is another one, the step that was in its place."""
NO_WORK = frozenset({("note", "result reused"), ("note", "bundle"), ("decision", "revision")})
"""Steps that say how a result was come by, not what was found; so does every reading of a file."""


@dataclass(frozen=True, slots=True)
class StepDifference:
    """The first step of a stage that is another one, with what differs about it.

    Attributes:
        number: Of the step within its stage, from 1.
        before: What it said; None where there was no such step.
        after: What it would have said.
    """

    stage: str
    number: int
    step: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FieldSide:
    """One side of a field: value, state, confidence and what became of it."""

    value: str | None
    state: str
    confidence: float | None
    decision: str | None
    arithmetic: str | None


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that would have been read or decided otherwise."""

    name: str
    before: FieldSide | None
    after: FieldSide | None

    @property
    def value_differs(self) -> bool:
        """Whether what is known of it differs, not only how sure it is."""
        return _known(self.before) != _known(self.after)

    @property
    def decision_differs(self) -> bool:
        """Whether something else became of it."""
        return _decided(self.before) != _decided(self.after)


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A rule that would have said otherwise.

    Attributes:
        before: Its verdict; None where there was no such rule.
        after: Its verdict now; None where there would be none.
        explanation: Why it says that, or said it.
    """

    name: str
    before: str | None
    after: str | None
    explanation: str


def first_difference(before: Told, after: Told) -> StepDifference | None:
    """Return the first step in which the two differ; None where every stage did the same."""
    return next(_step_differences(before, after), None)


def first_finding(before: Told, after: Told) -> StepDifference | None:
    """Return the first step that found or decided something else, whatever was asked."""
    asked = ("prompt ", "reply ")
    return next((one for one in _step_differences(before, after) if not one.step.startswith(asked)), None)


def field_differences(before: Told, after: Told) -> tuple[FieldDifference, ...]:
    """Return the fields that differ in value, state or decision, in the order of the type."""
    old, new = _sides(before), _sides(after)
    found = [FieldDifference(name, old.get(name), new.get(name)) for name in {**old, **new}]
    return tuple(one for one in found if one.value_differs or one.decision_differs)


def rule_differences(before: Told, after: Told) -> tuple[RuleDifference, ...]:
    """Return the rules whose verdict differs, in their order; none where one side came to no record."""
    if before.record is None or after.record is None:
        return ()
    old = {one.rule: one for one in before.record.rules}
    new = {one.rule: one for one in after.record.rules}
    found = []
    for name in {**old, **new}:
        was = old[name].verdict.value if name in old else None
        now = new[name].verdict.value if name in new else None
        if was != now:
            found.append(RuleDifference(name, was, now, (new.get(name) or old[name]).explanation))
    return tuple(found)


def _step_differences(before: Told, after: Told) -> Iterator[StepDifference]:
    names = dict.fromkeys(one.stage for told in (before, after) for one in told.stages)
    for name in names:
        yield from _of_stage(name, _work(before, name), _work(after, name))


def _work(told: Told, name: str) -> list[Step]:
    stage = told.stage(name)
    return [s for s in stage.steps if s.kind != "read" and (s.kind, s.name) not in NO_WORK] if stage else []


def _of_stage(stage: str, old: Sequence[Step], new: Sequence[Step]) -> Iterator[StepDifference]:
    for number, (was, now) in enumerate(zip_longest(old, new), start=1):
        facts = _parted(_facts(was), _facts(now))
        if was is not None and now is not None and (was.kind, was.name) != (now.kind, now.name):
            # Another model is asked and answers under another name; every other step is another step.
            if was.kind != now.kind or was.kind not in ("prompt", "reply"):
                yield StepDifference(
                    stage, number, _title(was, now), {IN_PLACE: _title(was, None)}, _facts(now)
                )
                return
            facts = {"model": was.name}, {"model": now.name}
        if facts[0] != facts[1]:
            yield StepDifference(stage, number, _title(was, now), *facts)


def _title(was: Step | None, now: Step | None) -> str:
    step = now or was
    return f"{step.kind} {step.name}" if step else ""


def _facts(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {name: value for name, value in step.data.items() if name not in VOLATILE}


def _parted(
    was: dict[str, Any] | None, now: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return only what differs of two steps' facts."""
    if was is None or now is None:
        return was, now
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return {name: was.get(name) for name in names}, {name: now.get(name) for name in names}


def _sides(told: Told) -> dict[str, FieldSide]:
    """Return each field as the record has it, else as it was extracted."""
    if told.record is not None and told.record.fields:
        return {one.field.name: _side(one.model_field or one.field, one) for one in told.record.fields}
    return {one.name: _side(one, None) for one in _extracted(told.extraction)}


def _extracted(extraction: Extraction | None) -> Sequence[FieldValue]:
    return extraction.fields if extraction else ()


def _side(value: FieldValue, decided: RecordField | None) -> FieldSide:
    return FieldSide(
        value=_words(value),
        state=value.state.value,
        confidence=value.confidence,
        decision=decided.decision.value if decided else None,
        arithmetic=decided.arithmetic if decided else None,
    )


def _words(value: FieldValue) -> str | None:
    """Return what is known of a field as one text: a table as its rows."""
    if value.state is not FieldState.VALUE:
        return None
    if value.columns:
        rows = [" | ".join(cell.value or "" for cell in row.cells) for row in value.rows]
        return f"{len(rows)} rows: " + " / ".join(rows)
    return "; ".join(reading.value or reading.raw for reading in value.readings)


def _known(side: FieldSide | None) -> tuple[str | None, str | None]:
    return (side.value, side.state) if side else (None, None)


def _decided(side: FieldSide | None) -> str | None:
    return side.decision if side else None
