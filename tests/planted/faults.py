"""The faults that are planted, each with the names under which the audit counts as having found it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bus.breaker import Breakers
from catalog.database import Batch, Catalog
from catalog.facts import Fact
from ops.audit.hand_offs import Monitoring
from ops.outages import OutageLog
from schemas.errors import TransientError
from tests.planted.bills import VENDORS
from tests.planted.world import Fault, World

Said = dict[str, Any]


async def died(catalog: Catalog, day: date, number: int, *, agent: str = "extraction") -> None:
    """Put dead letters of a day into the catalog, as their messages would."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    facts = [
        Fact(
            fact_id=f"dead_letters/{day}-{one}/0001.json",
            topic="dead_letters",
            document_id=f"d{one}",
            at=at,
            source=f"doctrail/{agent}",
            reason="model_answer_shape",
            agent=agent,
            error_class="permanent",
            attempts=1,
            origin_id=f"{day}-{one}",
            origin_topic="documents.classified",
        )
        for one in range(number)
    ]
    await catalog.keep(Batch(facts))


def _lost(answer: Said, _draw: random.Random) -> None:
    answer["bill_date"] = {"readings": [], "confidence": 0.99}


def _zero(said: Said, draw: random.Random) -> None:
    if draw.random() < 0.5:
        said["total"] = "0.00"


def _cents(said: Said, _draw: random.Random) -> None:
    said["total"] = f"{float(said['total']) * 100:.2f}"


def _twice(answer: Said, _draw: random.Random) -> None:
    for reading in answer["vat_rate"]["readings"]:
        reading["value"] = f"{float(reading['quote'].split()[0]) / 100:g}"


def _months_first(said: Said, _draw: random.Random) -> None:
    day, month, year = said["bill_date"].split(".")
    said["bill_date"] = f"{month}/{day}/{year}"


def _cut(said: Said, _draw: random.Random) -> None:
    said["lines"] = [*said["lines"], *said["lines"], *said["lines"], *said["lines"]][:10]


def _template(answer: Said, draw: random.Random) -> None:
    for name in ("vendor", "bill_date", "total", "reference"):
        answer[name]["confidence"] = round(draw.uniform(0.3, 0.7), 2)


def _columns(said: Said, _draw: random.Random) -> None:
    said["vendor"], said["reference"] = said["reference"], said["vendor"]


def _waited(world: World) -> None:
    world.reader.waited = 45.0


def _skewed(world: World) -> None:
    world.skew["gatekeeper"] = timedelta(hours=-1)


def _misrouted(now: datetime) -> Monitoring:
    return Monitoring(drilled=(("pager", now),), undelivered=(("pager", 3),))


def _undrilled(now: datetime) -> Monitoring:
    return Monitoring(drilled=(("pager", now - timedelta(days=45)),))


def _stale(now: datetime) -> Monitoring:
    return Monitoring(references=(("vendors", now - timedelta(days=80), 30.0),))


def _again(said: Said, draw: random.Random) -> None:
    if draw.random() < 0.6:
        said |= {
            "vendor": VENDORS[0],
            "reference": f"A-{draw.randrange(6):05d}",
            "note": f"please pay by bank transfer, {draw.randrange(10**6)}",
        }


async def _deaths(world: World, day: date) -> None:
    await died(world.catalog, day, 4)


def _invented(answer: Said, _draw: random.Random) -> None:
    answer["vendor"]["readings"] = [{"value": "Acme Holding", "quote": "Acme Holding", "lines": ["1.2"]}]


def _filled_in(said: Said, draw: random.Random) -> None:
    if draw.random() < 0.7:
        said["vendor"] = VENDORS[3]


def _unsure(answer: Said, draw: random.Random) -> None:
    answer["total"]["confidence"] = round(draw.uniform(0.3, 0.75), 2)


def _wrong(world: World) -> None:
    world.wrong = 0.9


def _locked(said: Said, draw: random.Random) -> None:
    if draw.random() < 0.5:
        said["head"] = "REFUSE password_required"


def _strange(said: Said, draw: random.Random) -> None:
    if draw.random() < 0.5:
        said["head"] = "CIRCULAR"


async def _slow(world: World, _day: date) -> None:
    def change(attempt: Said) -> None:
        attempt["seconds"] = 40.0 + world.chance.random()

    world.tamper("extraction", change)


async def _old_version(world: World, _day: date) -> None:
    def change(attempt: Said) -> None:
        attempt["dataschema"] = "doctrail:documents.classified/0.9"

    world.tamper("extraction", change)


def _blurred(world: World) -> None:
    world.reader.quality = 0.55


def _retried(world: World) -> None:
    world.failing.add("extraction")


def _stopped(world: World) -> None:
    world.down.add("validation")


async def _endpoint_down(world: World, day: date) -> None:
    """Have the model's endpoint not answer for forty minutes of the day, in two processes."""
    began = datetime(day.year, day.month, day.day, 9, 20, tzinfo=UTC)
    for process in ("a", "b"):
        moments = iter((began, began + timedelta(minutes=40)))
        noting = OutageLog(f"{process}, {day}", ("extraction",), moments.__next__)
        breaker = Breakers(on_turn=noting.turned).of("model:endpoint")
        assert breaker is not None
        breaker.failed(TransientError("the endpoint answered 503", target="model:endpoint"))
        breaker.succeeded()
        await noting.written(world.store)


def _future(said: Said, _draw: random.Random) -> None:
    day, month, year = said["bill_date"].split(".")
    said["bill_date"] = f"{day}.{month}.{int(year) + 1}"


def _scrawled(said: Said, _draw: random.Random) -> None:
    said["bill_date"] = f"on or about {said['bill_date'][:2]}"


FAULTS = (
    Fault("one field silently lost", ("field.null",), answer=_lost),
    Fault("zero instead of nothing", ("field.zero",), text=_zero),
    Fault("unit changed to cents", ("field.magnitude",), text=_cents),
    Fault("normalised twice", ("field.factor",), answer=_twice),
    Fault("date format flipped at the source", ("field.shape",), text=_months_first),
    Fault("list cut at a round number of rows", ("field.cut",), text=_cut),
    Fault("template changed", ("template",), answer=_template),
    Fault("columns exchanged at the source", ("columns",), text=_columns),
    Fault("pool of readers used up", ("stage.waited",), world=_waited),
    Fault("clock an hour off", ("stage.skew",), world=_skewed),
    Fault("alert goes nowhere", ("alerts.undelivered",), monitoring=_misrouted),
    Fault("channel never proved again", ("alerts.drill",), monitoring=_undrilled),
    Fault("vendor table stale", ("reference.stale",), monitoring=_stale),
    Fault("documents sent again", ("doc.duplicate",), text=_again),
    Fault("source dries up", ("volume.low",), count=lambda usual: usual // 8),
    Fault("far more documents", ("volume.high",), count=lambda usual: 4 * usual),
    Fault("messages given up", ("dead_letters",), day=_deaths),
    Fault("values invented", ("field.ungrounded",), answer=_invented),
    Fault("one value filled in everywhere", ("field.value",), text=_filled_in),
    Fault("model unsure of one field", ("field.confidence",), answer=_unsure),
    Fault("accepted values are wrong", ("field.wrong",), world=_wrong),
    Fault("files with a password", ("doc.rejected",), text=_locked),
    Fault("documents of a new kind", ("doc.unknown",), text=_strange),
    Fault("a stage slows down", ("stage.seconds",), day=_slow),
    Fault("an old version of a message", ("stage.schema",), day=_old_version),
    Fault("scans get worse", ("doc.quality",), world=_blurred),
    Fault("retries hide failures", ("stage.retried",), world=_retried),
    Fault("an agent stands still", ("doc.stuck",), world=_stopped),
    Fault("the model's endpoint is down every morning", ("breaker.open",), day=_endpoint_down),
    Fault("dates of next year", ("field.days",), text=_future),
    Fault("dates nobody can read", ("field.unread", "field.shape"), text=_scrawled),
)
