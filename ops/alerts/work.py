"""What is done with alerts: look and tell, answer, silence, and prove that the channels deliver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ops.alerts.channels import Send, deliver, send
from ops.alerts.engine import Observed, look
from ops.alerts.notices import done
from ops.alerts.plan import Channel, Plan
from ops.alerts.state import (
    Acted,
    Alert,
    AlertState,
    Answer,
    Drill,
    Notice,
    Silence,
    caught_up,
    keep_said,
    keep_state,
    load_said,
    load_state,
)
from schemas.canonical import derive_id
from schemas.errors import PermanentError, PipelineError
from store.parsing import DamagedObjectError
from store.protocol import ObjectStore

log = structlog.get_logger("alerts")

LONGEST_SILENCE = timedelta(days=7)
ACTED_KEPT = 200


class AlertError(PermanentError):
    """What was asked of the alerts can't be done; the sentence says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="alerts")


Rollback = Callable[[Alert], Awaitable[str]]
"""Takes back what was promoted last; returns what it did, in one sentence."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look did."""

    firing: tuple[Alert, ...]
    arrived: tuple[Notice, ...]
    left: tuple[Notice, ...]
    acted: tuple[Acted, ...]


class Watchman:
    """Looks, remembers, tells; goes on where it was after a restart, and while the store is down too.

    What is to be told is remembered first. A notice may arrive twice where this is killed between telling
    and remembering that; its id is the same.

    Attributes:
        plan: What is watched and who is told; another one counts from the next look on.
    """

    def __init__(
        self,
        store: ObjectStore,
        plan: Plan,
        observe: Callable[[AlertState], Awaitable[Sequence[Observed]]],
        rollback: Rollback,
        *,
        send: Send = send,
    ) -> None:
        self._store = store
        self.plan = plan
        self._observe = observe
        self._rollback = rollback
        self._send = send
        self._state = AlertState()
        self._read = False
        self._kept = True

    async def look(self, now: datetime) -> Round:
        """Measure, climb the ladders, tell who is to be told."""
        await self._recall()
        looked = look(self.plan, self._state, await self._observe(self._state), now)
        await self._remember(looked.state)
        acted = await self._act(looked.missed, now)
        state = _with(looked.state, self.plan, acted, now)
        if acted:
            await self._remember(state)
        arrived, left = await deliver(self.plan, state.outbox, now, send=self._send)
        after = state.model_copy(update={"outbox": tuple(left)})
        await self._remember(after)
        firing = tuple(one for one in after.alerts.values() if one.phase == "firing")
        return Round(firing, tuple(arrived), tuple(left), tuple(one for one, _ in acted))

    async def _recall(self) -> None:
        """Read what was remembered, and answered since; without the store the last state goes on."""
        try:
            stored = await load_state(self._store)
        except (PipelineError, OSError) as error:
            log.warning("alerts.state_unreadable", why=str(error))
            # What is damaged may be written over.
            self._read = self._read or isinstance(error, DamagedObjectError)
            return
        self._state = stored if self._kept else caught_up(stored, self._state, from_it=self._read)
        self._read = True

    async def _remember(self, state: AlertState) -> None:
        self._state = state
        # What was never read must not be written over by what does not know of it.
        self._kept = self._read and await self._written(state)

    async def _written(self, state: AlertState) -> bool:
        try:
            await keep_state(self._store, state)
        except (PipelineError, OSError) as error:
            log.warning("alerts.state_unwritable", why=str(error))
            return False
        return True

    async def _act(self, missed: Sequence[Alert], now: datetime) -> list[tuple[Acted, Alert]]:
        """Roll back once for all that nobody answered; a storm has one cause."""
        meant = [alert for alert in missed if (rule := self.plan.of(alert.rule)) and rule.rollback]
        if not meant:
            return []
        first = meant[0]
        try:
            what = await self._rollback(first)
        except PipelineError as error:
            what = f"nothing was rolled back: {error}"
        return [(Acted(at=now, alert=first.key, what=what), first)]


def _with(state: AlertState, plan: Plan, acted: Sequence[tuple[Acted, Alert]], now: datetime) -> AlertState:
    """Return the state with what was done, and that it is to be told."""
    told = [notice for one, alert in acted for notice in done(plan, one, alert, now)]
    update = {
        "outbox": (*state.outbox, *told),
        "acted": (*state.acted, *(one for one, _ in acted))[-ACTED_KEPT:],
    }
    return state.model_copy(update=update)


async def acknowledge(store: ObjectStore, key: str, by: str) -> int:
    """Answer an alert, or every alert of a rule; returns how many: nobody further is told of them.

    Raises:
        AlertError: Nothing of that name fires.
    """
    state = await load_state(store)
    meant = {k: a for k, a in state.alerts.items() if a.phase == "firing" and key in (k, a.rule)}
    if not meant:
        raise AlertError(f"no alert {key!r} fires; {_firing(state)}")
    said = await load_said(store)
    known = {k: answer for k, answer in said.answers.items() if k in state.alerts}
    answers = {k: Answer(by=by, fired_at=alert.fired_at) for k, alert in meant.items()}
    await keep_said(store, said.model_copy(update={"answers": {**known, **answers}}))
    return len(answers)


async def silence(
    store: ObjectStore, plan: Plan, key: str, *, until: datetime, by: str, reason: str, now: datetime
) -> Silence:
    """Tell nobody of a rule, or of one alert, until then; what breaches is still remembered.

    Raises:
        AlertError: There is no such rule, or it would be silent for too long.
    """
    if plan.of(key.partition("/")[0]) is None:
        known = ", ".join(rule.name for rule in plan.rule)
        raise AlertError(f"there is no rule {key.partition('/')[0]!r}; there are {known}")
    if not now < until <= now + LONGEST_SILENCE:
        raise AlertError(f"a silence ends within {LONGEST_SILENCE.days} days; say it again when it is over")
    made = Silence(key=key, until=until, by=by, reason=reason)
    said = await load_said(store)
    others = tuple(one for one in said.silences if one.key != key and one.until > now)
    await keep_said(store, said.model_copy(update={"silences": (*others, made)}))
    return made


async def fire_drill(
    store: ObjectStore, plan: Plan, now: datetime, only: str | None = None, *, send: Send = send
) -> list[Drill]:
    """Send a drill over every channel and remember which of them took it.

    A log, a webhook and SNS have proved themselves when they take it. Mail that a server took may still
    reach nobody: whoever receives it confirms it by its code.

    Raises:
        AlertError: There is no such channel.
    """
    meant = [one for one in plan.channel if only in (None, one.name)]
    if not meant:
        raise AlertError(f"there is no channel {only!r}; there are {', '.join(c.name for c in plan.channel)}")
    drills = {channel.name: _drill(channel, now) for channel in meant}
    notices = [
        _drill_notice(drill, channel, now) for drill, channel in zip(drills.values(), meant, strict=True)
    ]
    _, left = await deliver(plan, notices, now, send=send)
    failed = {notice.channel: notice.problem for notice in left}
    made = [_judged(drill, failed, channel) for drill, channel in zip(drills.values(), meant, strict=True)]
    said = await load_said(store)
    proved = {drill.channel: drill.proved_at for drill in made if drill.proved_at is not None}
    update = {
        "drills": {**said.drills, **{drill.channel: drill for drill in made}},
        "proved": {**said.proved, **proved},
    }
    await keep_said(store, said.model_copy(update=update))
    return made


async def confirm_drill(store: ObjectStore, code: str, now: datetime) -> Drill:
    """Remember that a drill was received.

    Raises:
        AlertError: No drill said this code.
    """
    said = await load_said(store)
    meant = next((drill for drill in said.drills.values() if drill.code == code.strip().upper()), None)
    if meant is None:
        raise AlertError(f"no drill said {code!r}; send another with doctrail alerts fire-drill")
    drill = meant.model_copy(update={"proved_at": now})
    update = {
        "drills": {**said.drills, drill.channel: drill},
        "proved": {**said.proved, drill.channel: now},
    }
    await keep_said(store, said.model_copy(update=update))
    return drill


def _drill(channel: Channel, now: datetime) -> Drill:
    code = derive_id("drill", channel.name, now.isoformat())[:6].upper()
    return Drill(channel=channel.name, sent_at=now, code=code, accepted=False)


def _drill_notice(drill: Drill, channel: Channel, now: datetime) -> Notice:
    title = f"[drill] doctrail: this is a fire drill, code {drill.code}"
    return Notice(
        notice_id=derive_id("drill-notice", channel.name, now.isoformat()),
        channel=channel.name,
        severity="drill",
        title=title,
        text=f"{title}\nIf you read this, say so: doctrail alerts fire-drill --confirm {drill.code}",
        at=now,
    )


def _judged(drill: Drill, failed: dict[str, str | None], channel: Channel) -> Drill:
    if drill.channel in failed:
        return drill.model_copy(update={"problem": failed[drill.channel]})
    proved = None if channel.kind == "smtp" else drill.sent_at
    return drill.model_copy(update={"accepted": True, "proved_at": proved})


def _firing(state: AlertState) -> str:
    firing = sorted(key for key, alert in state.alerts.items() if alert.phase == "firing")
    return f"firing: {', '.join(firing[:5])}" if firing else "nothing fires"
