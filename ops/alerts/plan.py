"""What is watched and who is told: rules, channels and ladders, read from one TOML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ops.toml_file import parsed
from schemas.errors import PermanentError

SHIPPED = Path(__file__).parent / "plan.toml"
Minutes = Annotated[float, Field(ge=0, le=366 * 24 * 60)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]

SIGNALS: Mapping[str, frozenset[str]] = {
    "catalog": frozenset(
        {
            "unfinished",
            "unfinished_slow",
            "dead_letters",
            "dead_letters_open",
            "reviews_waiting",
            "review_hours",
            "hours_since_submission",
        }
    ),
    "bus": frozenset({"agent_minutes"}),
    "store": frozenset(
        {"held", "quality_fell", "rolled_back", "reference_days", "audit_days", "audit_damage"}
    ),
    "": frozenset({"part_down", "disk_used", "undelivered", "drill_days"}),
}
"""What ``ops.alerts.signals`` measures, by the part that is asked; the last need none."""
_URL = re.compile(r"https?://[^\s/?#]+(?:[/?#][!-~]*)?")


class PlanError(PermanentError):
    """The alerts file can't be used; the sentence names the entry and what to write."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="alerts")


class Severity(StrEnum):
    """How much an alert asks of a person."""

    PAGE = "page"
    TICKET = "ticket"
    NOTE = "note"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Rule(_Entry):
    """One thing that is watched.

    Attributes:
        signal: What is measured (``ops.alerts.signals``).
        owner: Who is to answer.
        runbook: What he does, a page under ``docs/runbooks/``.
        caught: The past incident or planted fault it would have caught.
        above: It breaches above this value.
        times_usual: It breaches above so many times its median of the last week.
        burn: It breaches while the error budget burns this many times faster than it may.
        lasting: Minutes that a breach must last, in every sample.
        clear: Minutes without a breach after which it is over.
        rollback: Whether the last promoted bundle is taken back where nobody answers the last rung.
    """

    name: Name
    signal: Name
    severity: Severity
    owner: str = Field(min_length=1)
    runbook: str = Field(pattern=r"^[a-z0-9-]+\.md$")
    caught: str = Field(min_length=1)
    says: str = Field(min_length=1)
    above: float | None = None
    times_usual: Annotated[float, Field(gt=1)] | None = None
    burn: Annotated[float, Field(gt=0)] | None = None
    lasting: Minutes = 5.0
    clear: Minutes = 10.0
    rollback: bool = False

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        given = [name for name in ("above", "times_usual", "burn") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of above, times_usual, burn; got {given or 'none'}")
        return self

    @field_validator("signal")
    @classmethod
    def _is_measured(cls, name: str) -> str:
        known = sorted({signal for signals in SIGNALS.values() for signal in signals})
        if name not in known:
            raise ValueError(f"nothing measures {name!r}; there are {', '.join(known)}")
        return name

    @field_validator("says")
    @classmethod
    def _can_be_said(cls, says: str) -> str:
        try:
            says.format(subject="a subject", value=1.0)
        except (LookupError, AttributeError, TypeError, ValueError) as error:
            raise ValueError("only {subject} and {value}, such as {value:.0f}, can be filled in") from error
        return says


class Channel(_Entry):
    """One way to tell somebody.

    Attributes:
        kind: How it is sent.
        url: Of a webhook, or of an SNS endpoint that is not AWS's.
        host: Of the mail server; ``port``, ``sender`` and ``to`` belong to it.
        user: At the mail server; ``password_file`` holds the password.
        tls: Whether the mail server is spoken to under TLS from the first byte; else STARTTLS where offered.
        topic: ARN of an SNS topic; ``region`` belongs to it.
        seconds: Longest time it may take.
    """

    name: Name
    kind: Literal["log", "webhook", "smtp", "sns"]
    url: str | None = None
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: str | None = None
    to: tuple[str, ...] = ()
    user: str | None = None
    password_file: Path | None = None
    tls: bool = False
    topic: str | None = None
    region: str | None = None
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {"webhook": ("url",), "smtp": ("host", "sender", "to"), "sns": ("topic",)}
        missing = [name for name in needed.get(self.kind, ()) if not getattr(self, name)]
        if missing:
            raise ValueError(f"a channel of kind {self.kind} needs {', '.join(missing)}")
        # Not repeated: the address of a webhook may be a secret.
        if self.kind == "webhook" and _URL.fullmatch(self.url or "") is None:
            raise ValueError("its url is none of http:// or https://")
        return self

    @property
    def place(self) -> str:
        """What it depends on: two channels with one place go down together."""
        return f"{self.kind}:{self.url or self.host or self.region or ''}"


class Rung(_Entry):
    """One step of a ladder: who is told when nobody has answered for ``after`` minutes."""

    after: Minutes
    channels: tuple[str, ...] = Field(min_length=1)


class Plan(_Entry):
    """The whole file.

    Attributes:
        repeat: Minutes after which an alert that goes on is told again on its rung.
        drill_days: Days after which a channel must have proved again that it delivers.
        shift_hours: Length of a shift; one page per two shifts is the budget.
        ladder: By severity, the rungs in the order they are climbed.
    """

    rule: tuple[Rule, ...] = ()
    channel: tuple[Channel, ...] = ()
    ladder: dict[Severity, tuple[Rung, ...]] = Field(default_factory=dict)
    repeat: Minutes = 240.0
    drill_days: Annotated[float, Field(gt=0)] = 30.0
    shift_hours: Annotated[float, Field(gt=0)] = 8.0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        channels = [one.name for one in self.channel]
        rules = [one.name for one in self.rule]
        for name in (*channels, *rules):
            if channels.count(name) + rules.count(name) > 1:
                raise ValueError(f"{name!r} is named twice")
        for severity, rungs in self.ladder.items():
            unknown = [name for rung in rungs for name in rung.channels if name not in channels]
            if unknown:
                raise ValueError(f"ladder.{severity}: there is no channel {unknown[0]!r}")
            if [rung.after for rung in rungs] != sorted({rung.after for rung in rungs}):
                raise ValueError(f"ladder.{severity}: rungs must come in the order of their minutes")
        lacking = {rule.severity for rule in self.rule} - {s for s, rungs in self.ladder.items() if rungs}
        if lacking:
            raise ValueError(f"ladder.{min(lacking)}: a rule has this severity, and nobody is told of it")
        return self

    def named(self, name: str) -> Channel:
        """Return the channel of a name; KeyError where there is none."""
        return {one.name: one for one in self.channel}[name]

    def of(self, rule: str) -> Rule | None:
        """Return the rule of a name, where there still is one."""
        return next((one for one in self.rule if one.name == rule), None)

    def weaknesses(self) -> list[str]:
        """Return, one sentence each, why a page might reach nobody."""
        rungs = self.ladder.get(Severity.PAGE, ())
        if not any(rule.severity is Severity.PAGE for rule in self.rule):
            return []
        first = {self.named(name).place for name in rungs[0].channels} if rungs else set()
        told = {place for place in first if not place.startswith("log:")}
        if len(told) >= 2:
            return []
        said = f"a page goes to {len(told)} channels besides the log; two that do not depend on each other"
        return [f"{said} are needed: name them in DOCTRAIL_ALERTS"]


def load_plan(path: Path | None) -> Plan:
    """Return the plan in the file at ``path``; what ships where it is None.

    A file without rules keeps those that ship; its channels and ladders are its own.

    Raises:
        PlanError: It can't be read, or an entry makes no sense.
    """
    shipped = parsed(SHIPPED, PlanError)
    own = parsed(path, PlanError) if path is not None else {}
    if "channel" in own and "ladder" not in own:
        raise PlanError(f"{path}: channels without a ladder: say in [[ladder.page]] who is told when")
    try:
        return Plan.model_validate({**shipped, **own})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise PlanError(f"{(path or SHIPPED).name}: {f'{place}: ' if place else ''}{said}") from error
