"""What the alerts remember between two looks, written before anybody is told, and what people said of them.

Two objects, for two kinds of writers: a look takes seconds, and would write over what is said meanwhile.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.layout import Frozen
from store import ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

Phase = Literal["pending", "firing", "over"]


class Alert(Frozen):
    """One rule that breaches about one subject.

    Attributes:
        since: First sample of the breach.
        fired_at: When it had lasted long enough.
        rung: Rungs of the ladder that were climbed; 0 before anybody was told.
        rung_at: When it came to this rung; before the first, when there was first somebody to tell. None
            while it is silenced: whoever is told then has the whole ladder's time.
        told_at: When it was told last.
        ack_by: Who answered, and so stopped the climbing.
        clear_since: First sample without a breach.
        missed: Whether the last rung passed without an answer.
    """

    rule: str
    subject: str
    value: float
    since: AwareDatetime
    seen_at: AwareDatetime
    phase: Phase = "pending"
    fired_at: AwareDatetime | None = None
    rung: int = 0
    rung_at: AwareDatetime | None = None
    told_at: AwareDatetime | None = None
    ack_by: str | None = None
    clear_since: AwareDatetime | None = None
    missed: bool = False

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.rule}/{self.subject}" if self.subject else self.rule


class Silence(Frozen):
    """A rule, or one alert of it, that nobody is told of until then."""

    key: str
    until: AwareDatetime
    by: str
    reason: str

    def covers(self, alert: Alert) -> bool:
        """Whether it is about this alert."""
        return self.key in (alert.rule, alert.key)


class Notice(Frozen):
    """Something to be told on one channel; kept until it has arrived or is too old.

    Attributes:
        title: One line.
        text: The whole of it, a few lines.
        tries: How often it was tried.
        problem: Why the last try failed.
    """

    notice_id: str
    channel: str
    severity: str
    title: str
    text: str
    runbook: str | None = None
    at: AwareDatetime
    tries: int = 0
    problem: str | None = None


class Drill(Frozen):
    """The last proof that a channel delivers.

    Attributes:
        code: What the drill said; who received it confirms by it.
        proved_at: When it was proved; None while that is awaited.
    """

    channel: str
    sent_at: AwareDatetime
    code: str
    accepted: bool
    problem: str | None = None
    proved_at: AwareDatetime | None = None


class Answer(Frozen):
    """That somebody answered an alert.

    Attributes:
        fired_at: When the alert fired that he means; another of the same name is not answered by it.
    """

    by: str
    fired_at: AwareDatetime | None


class Said(Sealed):
    """What people said of alerts; they alone write it.

    Attributes:
        answers: By an alert's key.
    """

    answers: dict[str, Answer] = Field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    drills: dict[str, Drill] = Field(default_factory=dict)
    proved: dict[str, AwareDatetime] = Field(default_factory=dict)


class Sample(Frozen):
    """One value of a signal, kept for what is usual."""

    at: AwareDatetime
    value: float


class Ended(Frozen):
    """An alert that is over, for the timeline of an incident.

    Attributes:
        actionable: Whether somebody answered it: what nobody needs to answer should not page.
    """

    rule: str
    subject: str
    severity: str
    fired_at: AwareDatetime
    over_at: AwareDatetime
    ack_by: str | None = None


class Acted(Frozen):
    """Something that the alerts did by themselves."""

    at: AwareDatetime
    alert: str
    what: str


class AlertState(Sealed):
    """Everything that is remembered.

    Attributes:
        alerts: By key.
        outbox: What is still to be told.
        pages: When a page was sent, for the budget.
        usual: By signal and subject, one value an hour of the last week.
        looked_at: When somebody looked last.
    """

    alerts: dict[str, Alert] = Field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    outbox: tuple[Notice, ...] = ()
    drills: dict[str, Drill] = Field(default_factory=dict)
    proved: dict[str, AwareDatetime] = Field(default_factory=dict)
    usual: dict[str, tuple[Sample, ...]] = Field(default_factory=dict)
    pages: tuple[AwareDatetime, ...] = ()
    ended: tuple[Ended, ...] = ()
    acted: tuple[Acted, ...] = ()
    looked_at: AwareDatetime | None = None


_SEQUENCES = ("outbox", "pages", "ended", "acted")


async def load_state(store: ObjectStore) -> AlertState:
    """Return what is remembered, and what people said of it; nothing where nobody looked yet."""
    data = await store.fetch(ops_keys.ALERTS)
    state = AlertState() if data is None else parse(data, AlertState, ops_keys.ALERTS)
    data = await store.fetch(ops_keys.ALERTS_SAID)
    return state if data is None else _heard(state, parse(data, Said, ops_keys.ALERTS_SAID))


async def keep_state(store: ObjectStore, state: AlertState) -> None:
    """Remember ``state``; on disk on return. Only who looks does; what people say is kept apart."""
    await store.replace(ops_keys.ALERTS, seal(state))


async def load_said(store: ObjectStore) -> Said:
    """Return what people said; before anybody did, what an older version kept of it in the state."""
    data = await store.fetch(ops_keys.ALERTS_SAID)
    if data is not None:
        return parse(data, Said, ops_keys.ALERTS_SAID)
    state = await load_state(store)
    return Said(silences=state.silences, drills=state.drills, proved=state.proved)


async def keep_said(store: ObjectStore, said: Said) -> None:
    """Remember what people said; on disk on return."""
    await store.replace(ops_keys.ALERTS_SAID, seal(said))


def _heard(state: AlertState, said: Said) -> AlertState:
    alerts = dict(state.alerts)
    for key, answer in said.answers.items():
        alert = alerts.get(key)
        if alert is not None and alert.fired_at == answer.fired_at:
            alerts[key] = alert.model_copy(update={"ack_by": answer.by})
    told = {"silences": said.silences, "drills": said.drills, "proved": said.proved}
    return state.model_copy(update={"alerts": alerts, **told})


def caught_up(stored: AlertState, own: AlertState, *, from_it: bool) -> AlertState:
    """Return how to go on once the store answers again that did not take what was remembered last.

    Args:
        stored: What the store has, and what people said since.
        own: What was seen and told meanwhile.
        from_it: Whether ``own`` began with what the store has; else the process began while it was away.
    """
    if not from_it:
        more = {name: (*getattr(stored, name), *getattr(own, name)) for name in _SEQUENCES}
        return stored.model_copy(update={"alerts": {**own.alerts, **stored.alerts}, **more})
    answered = {
        key: alert.model_copy(update={"ack_by": known.ack_by})
        for key, alert in own.alerts.items()
        if (known := stored.alerts.get(key)) is not None and known.fired_at == alert.fired_at and known.ack_by
    }
    told = {name: getattr(stored, name) for name in ("silences", "drills", "proved")}
    return own.model_copy(update={"alerts": {**own.alerts, **answered}, **told})
