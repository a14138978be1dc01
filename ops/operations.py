"""The operator's own figures, in one TOML file: what errors cost, what is promised, who is told of what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ops.toml_file import parsed
from schemas.errors import PermanentError

SHIPPED = Path(__file__).parent / "operations.toml"


class OperationsError(PermanentError):
    """The operations file can't be used; the sentence names the entry and what to write."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="operations")


class Entry(BaseModel):
    """An entry of the file: unknown names are refused, so that a slip of the pen is no silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Share = Annotated[float, Field(gt=0, lt=1)]
Hours = Annotated[float, Field(gt=0, le=10 * 366 * 24)]


class TypePromise(Entry):
    """What is promised otherwise of one type; the window and recovery are of the whole."""

    owner: str | None = None
    availability: Share | None = None
    freshness_hours: Hours | None = None
    completeness: Share | None = None
    accuracy: Share | None = None


class Promise(Entry):
    """What is promised, and by whom; a type's own entries take the place of those for all.

    Attributes:
        owner: Who answers for it.
        availability: Share of documents done, or with a person, in time.
        freshness_hours: The newest record of a type that has documents is at most so old.
        completeness: Share of declared fields accounted for in records.
        accuracy: Share of accepted values that people find right.
        recovery_hours: Mean time from damage to recovery.
        days: The window that budgets are counted in.
    """

    owner: str = "platform"
    availability: Share = 0.995
    freshness_hours: Hours = 48.0
    completeness: Share = 0.98
    accuracy: Share = 0.98
    recovery_hours: Hours = 4.0
    days: Annotated[int, Field(ge=7, le=90)] = 28
    types: dict[str, TypePromise] = Field(default_factory=dict)

    def of(self, doc_type: str) -> Promise:
        """Return what is promised for a type."""
        own = self.types.get(doc_type, TypePromise())
        return self.model_copy(update={"types": {}, **own.model_dump(exclude_none=True)})


class Action(StrEnum):
    """What a breached gate does: say so, keep what comes from flowing on, or stop the agent."""

    WARN = "warn"
    HOLD = "hold"
    STOP = "stop"


class Gate(Entry):
    """One gate.

    Attributes:
        doc_type: The type it is about; ``*`` for every type by itself.
        check: What is checked.
        field: For completeness and distribution: this field alone.
        above: For completeness: the share of records without a value; for referential: with a duplicate.
        hours: For freshness: the longest time without a document.
        times: For volume: a day's documents, in usual days.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    doc_type: str = "*"
    check: Literal["completeness", "freshness", "volume", "distribution", "referential"]
    action: Action = Action.WARN
    field: str | None = None
    above: Share = 0.5
    hours: Hours = 72.0
    times: Annotated[float, Field(gt=1)] = 5.0


class Operations(Entry):
    """What the file says.

    Attributes:
        costs: What a wrong value costs, by ``type.field``, in units of one wrong unimportant value.
        references: How many days old reference data may be, by server name.
        retention: How many days a document of a type is kept; ``*`` for types that are not named.
        finish_hours: Within how many hours a document must be done or with a person.
        late_minutes: After how many minutes one that is neither counts as late, for alerts.
        unfinished: The share of documents that may be late: the error budget.
        slo: What is promised.
        gate: The gates.
    """

    costs: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    references: dict[str, Annotated[float, Field(gt=0, le=100 * 366)]] = Field(default_factory=dict)
    retention: dict[str, Annotated[int, Field(ge=1, le=1000 * 366)]] = Field(default_factory=dict)
    finish_hours: Hours = 24.0
    late_minutes: Annotated[float, Field(gt=0, le=366 * 24 * 60)] = 60.0
    unfinished: Share = 0.005
    slo: Promise = Promise()
    gate: tuple[Gate, ...] = ()

    @field_validator("gate")
    @classmethod
    def _each_its_name(cls, gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
        for place, gate in enumerate(gates):
            same = [one.doc_type for one in gates[:place] if one.name == gate.name]
            if gate.doc_type in same or (same and "*" in (gate.doc_type, *same)):
                raise ValueError(f"two are named {gate.name!r}: what they hold could not be told apart")
        return gates


def load_operations(path: Path | None) -> Operations:
    """Return what the file at ``path`` says, entry by entry instead of what ships.

    Raises:
        OperationsError: It can't be read, or an entry makes no sense.
    """
    shipped = parsed(SHIPPED, OperationsError)
    own = parsed(path, OperationsError) if path is not None else {}
    merged = {name: _over(shipped.get(name), own.get(name)) for name in {**shipped, **own}}
    try:
        return Operations.model_validate(merged)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        said = first["msg"].removeprefix("Value error, ")
        raise OperationsError(f"{(path or SHIPPED).name}: {place}: {said}") from error


def _over(shipped: object, own: object) -> object:
    """Return the operator's entry over the shipped one; tables are joined."""
    if isinstance(shipped, dict) and isinstance(own, dict):
        return {**shipped, **own}
    return shipped if own is None else own
