"""Telling somebody over real mail and HTTP, with one channel dead and one that never answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from structlog.testing import capture_logs

from ops.alerts.channels import deliver, send
from ops.alerts.engine import Observed
from ops.alerts.plan import Channel, Plan
from ops.alerts.proof import try_alerts
from ops.alerts.state import Alert, AlertState, Notice, load_state
from ops.alerts.words import drill_lines
from ops.alerts.work import (
    AlertError,
    Watchman,
    acknowledge,
    confirm_drill,
    fire_drill,
    silence,
)
from ops.doctor import Scarce
from schemas.errors import PermanentError
from store.memory import MemoryStore
from tests.receivers import mail_server, web_server
from tests.unit.ops.alerts.rules import RULE

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DEAD = 9
"""A port that nobody listens on."""


def channels(mail: int = DEAD, web: int = DEAD) -> list[Channel]:
    to = ("oncall@example.org",)
    return [
        Channel(
            name="mail", kind="smtp", host="127.0.0.1", port=mail, sender="d@example.org", to=to, seconds=60
        ),
        Channel(name="hook", kind="webhook", url=f"http://127.0.0.1:{web}/", seconds=60),
    ]


def plan(*some: Channel, **rule: object) -> Plan:
    names = [one.name for one in some]
    rungs = [{"after": 0, "channels": names}, {"after": 15, "channels": names[-1:]}]
    return Plan.model_validate(
        {"rule": [RULE | {"lasting": 0} | rule], "channel": some, "ladder": {"page": rungs}}
    )


def notice(channel: str, **facts: object) -> Notice:
    said = {"notice_id": f"n-{channel}", "channel": channel, "severity": "page", "title": "bus is down"}
    return Notice.model_validate(said | {"text": "bus is down\nrunbook: x", "at": NOW} | facts)


async def test_mail_and_webhook_arrive_with_title_text_and_an_id_of_their_own() -> None:
    with mail_server() as mail, web_server() as web:
        made = plan(*channels(mail.port, web.port))
        arrived, left = await deliver(made, [notice("mail"), notice("hook")], NOW)

    assert (len(arrived), left) == (2, [])
    assert mail.mails[0]["Subject"] == "bus is down"
    assert "runbook: x" in str(mail.mails[0].get_payload())
    assert web.posts[0]["id"] == "n-hook"
    assert web.posts[0]["title"] == "bus is down"


async def test_a_topic_that_speaks_like_sns_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with web_server() as web:
        topic = Channel(
            name="sns", kind="sns", topic="arn:aws:sns:eu-west-1:1:alerts", region="eu-west-1",
            url=f"http://127.0.0.1:{web.port}", seconds=60,
        )  # fmt: skip
        arrived, left = await deliver(plan(topic), [notice("sns")], NOW)

    assert (len(arrived), left) == (1, [])
    assert "Action=Publish" in web.posts[0]["form"]


async def test_a_dead_channel_keeps_its_notices_and_holds_up_no_other() -> None:
    with web_server() as web:
        made = plan(*channels(DEAD, web.port))
        arrived, left = await deliver(made, [notice("mail"), notice("mail"), notice("hook")], NOW)

    assert [one.channel for one in arrived] == ["hook"]
    assert [one.tries for one in left] == [1, 0]
    assert "refused" in (left[0].problem or "")


async def test_a_channel_that_never_answers_is_given_up_within_its_time() -> None:
    with web_server() as web, mail_server() as mail:
        web.silent = True
        slow = Channel(name="hook", kind="webhook", url=f"http://127.0.0.1:{web.port}/", seconds=0.2)
        made = plan(channels(mail.port)[0], slow)
        arrived, left = await deliver(made, [notice("hook"), notice("mail")], NOW)

    assert [one.channel for one in arrived] == ["mail"]
    assert left[0].channel == "hook"


async def test_an_answer_that_is_no_success_is_no_delivery_and_what_is_too_old_is_given_up() -> None:
    with web_server() as web:
        web.status = 500
        made = plan(*channels(DEAD, web.port))
        _, left = await deliver(made, [notice("hook")], NOW)
        none, gone = await deliver(made, [notice("hook", at=NOW - timedelta(days=2))], NOW)

    assert left[0].problem == "channel hook: answered 500"
    assert (none, gone) == ([], [])


async def test_a_notice_that_a_channel_will_not_have_holds_up_none_of_the_others() -> None:
    with web_server() as web:
        web.unwanted = "n-hook"
        made = plan(*channels(DEAD, web.port))
        arrived, left = await deliver(made, [notice("hook"), notice("hook", notice_id="next")], NOW)

    assert [one.notice_id for one in arrived] == ["next"]
    assert [(one.notice_id, one.tries, one.problem) for one in left] == [
        ("n-hook", 1, "channel hook: answered 400")
    ]


async def test_a_title_comes_to_sns_as_it_takes_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with web_server() as web:
        arn, url = "arn:aws:sns:eu-west-1:1:alerts", f"http://127.0.0.1:{web.port}"
        topic = Channel(name="sns", kind="sns", topic=arn, region="eu-west-1", url=url, seconds=60)
        title = "\nM\u00fcller \u2013 total\tis off " + "x" * 100
        await deliver(plan(topic), [notice("sns", title=title)], NOW)

    (subject,) = parse_qs(web.posts[0]["form"])["Subject"]
    assert subject.startswith("M?ller ? total is off x")
    assert len(subject) == 99


async def test_what_answers_no_http_is_a_channel_that_failed_and_holds_up_no_other() -> None:
    with mail_server() as mail:
        made = plan(*channels(mail.port, mail.port))
        arrived, left = await deliver(made, [notice("hook"), notice("mail")], NOW)

    assert [one.channel for one in arrived] == ["mail"]
    assert [one.problem for one in left] == [f"channel hook: no answer in HTTP at 127.0.0.1:{mail.port}"]


async def test_a_channel_that_fails_in_a_way_nobody_thought_of_holds_up_no_other() -> None:
    def broken(channel: Channel, one: Notice) -> None:
        if channel.name == "hook":
            raise RuntimeError(one.title)

    arrived, left = await deliver(plan(*channels()), [notice("hook"), notice("mail")], NOW, send=broken)

    assert [one.channel for one in arrived] == ["mail"]
    assert [one.problem for one in left] == ["channel hook: failed with RuntimeError"]


class Pager:
    """Takes notices into a list, or refuses."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def send(self, channel: Channel, one: Notice) -> None:
        self.told.append((channel.name, one.title))


def watchman(
    store: MemoryStore, made: Plan, pager: Pager, rolled: list[str], *, down: Sequence[str] = ("bus",)
) -> Watchman:
    async def observe(state: AlertState) -> Sequence[Observed]:
        del state
        return [Observed("part_down", name, 1.0) for name in down]

    async def rollback(alert: Alert) -> str:
        rolled.append(alert.key)
        return "rolled lease back to abc"

    return Watchman(store, made, observe, rollback, send=pager.send)


async def test_a_watchman_that_is_replaced_in_the_middle_of_a_ladder_tells_nobody_twice() -> None:
    store, made, pager = MemoryStore(), plan(*channels()), Pager()
    await watchman(store, made, pager, []).look(NOW)
    await watchman(store, made, pager, []).look(NOW + timedelta(minutes=5))
    await watchman(store, made, pager, []).look(NOW + timedelta(minutes=15))

    assert [name for name, _ in pager.told] == ["mail", "hook", "hook"]


async def test_the_store_being_down_stops_no_alert_about_it() -> None:
    store, made, pager = MemoryStore(), plan(*channels()), Pager()
    man = watchman(store, made, pager, [])
    store.fail("fetch", "alerts", times=99)
    store.fail("replace", "alerts", times=99)

    await man.look(NOW)
    await man.look(NOW + timedelta(minutes=15))

    assert [name for name, _ in pager.told] == ["mail", "hook", "hook"]


async def test_the_end_of_an_outage_of_the_store_is_told_to_those_who_were_told_of_it() -> None:
    store, pager, down = MemoryStore(), Pager(), list[str]()
    man = watchman(store, plan(*channels()), pager, [], down=down)
    await man.look(NOW)
    store.fail("fetch", "alerts", times=2)
    store.fail("replace", "alerts", times=4)
    down.append("store")
    for minute in (1, 2):
        await man.look(NOW + timedelta(minutes=minute))
    down.clear()
    for minute in (3, 13):
        await man.look(NOW + timedelta(minutes=minute))

    fired, over = "[page] store is down", "over: store is down"
    assert pager.told == [("mail", fired), ("hook", fired), ("mail", over), ("hook", over)]
    state = await load_state(store)
    assert [one.subject for one in state.ended] == ["store"]
    assert len(state.pages) == 1


async def test_a_watchman_that_starts_while_the_store_is_down_writes_over_nothing_he_has_not_read() -> None:
    store, made, pager = MemoryStore(), plan(*channels()), Pager()
    await watchman(store, made, pager, []).look(NOW)
    await silence(store, made, "down/bus", until=NOW + timedelta(days=1), by="ann", reason="x", now=NOW)
    man = watchman(store, made, pager, [], down=("bus", "store"))
    store.fail("fetch", "alerts")
    pager.told.clear()
    await man.look(NOW + timedelta(minutes=1))
    await man.look(NOW + timedelta(minutes=2))

    state = await load_state(store)
    assert [one.key for one in state.silences] == ["down/bus"]
    assert {key: alert.since for key, alert in state.alerts.items()} == {
        "down/bus": NOW, "down/store": NOW + timedelta(minutes=1),
    }  # fmt: skip
    assert state.outbox == ()


async def test_a_state_that_is_damaged_is_begun_anew() -> None:
    store, made, pager = MemoryStore(), plan(*channels()), Pager()
    await watchman(store, made, pager, []).look(NOW)
    store.objects["alerts/state.json"] = b"{"
    await watchman(store, made, pager, []).look(NOW + timedelta(minutes=1))

    assert list((await load_state(store)).alerts) == ["down/bus"]


async def test_what_people_say_while_a_look_is_under_way_is_kept() -> None:
    store, made = MemoryStore(), plan(*channels())
    slow, said = asyncio.Event(), asyncio.Event()

    async def observe(state: AlertState) -> Sequence[Observed]:
        if state.alerts:
            slow.set()
            await said.wait()
        return [Observed("part_down", "bus", 1.0)]

    async def rollback(alert: Alert) -> str:
        return alert.key

    pager = Pager()
    man = Watchman(store, made, observe, rollback, send=pager.send)
    await man.look(NOW)
    under_way = asyncio.create_task(man.look(NOW + timedelta(minutes=1)))
    await slow.wait()
    await acknowledge(store, "down/bus", "ann")
    await silence(store, made, "down", until=NOW + timedelta(days=1), by="ann", reason="x", now=NOW)
    await fire_drill(store, made, NOW, "hook", send=pager.send)
    said.set()
    await under_way

    state = await load_state(store)
    assert state.alerts["down/bus"].ack_by == "ann"
    assert [one.key for one in state.silences] == ["down"]
    assert state.proved == {"hook": NOW}


async def test_an_answer_is_of_the_alert_that_fired_then_and_of_no_later_one() -> None:
    store, pager, down = MemoryStore(), Pager(), ["bus"]
    man = watchman(store, plan(*channels(), clear=0), pager, [], down=down)
    await man.look(NOW)
    await acknowledge(store, "down/bus", "ann")
    down.clear()
    await man.look(NOW + timedelta(minutes=1))
    down.append("bus")
    await man.look(NOW + timedelta(minutes=2))

    assert (await load_state(store)).alerts["down/bus"].ack_by is None
    assert [title for _, title in pager.told].count("[page] bus is down") == 4


async def test_a_ladder_climbed_in_vain_rolls_back_once_and_tells_everybody_on_it() -> None:
    store, rolled, pager = MemoryStore(), [], Pager()  # type: tuple[MemoryStore, list[str], Pager]
    man = watchman(store, plan(*channels(), rollback=True), pager, rolled)
    for minute in (0, 15, 30, 31):
        await man.look(NOW + timedelta(minutes=minute))

    assert rolled == ["down/bus"]
    assert (await load_state(store)).acted[0].what == "rolled lease back to abc"
    said = "[page] rolled lease back to abc"
    assert [channel for channel, title in pager.told if title == said] == ["mail", "hook"]


async def test_a_storm_that_nobody_answers_rolls_back_once() -> None:
    store, rolled = MemoryStore(), []  # type: tuple[MemoryStore, list[str]]
    parts = [f"part{number}" for number in range(1000)]
    man = watchman(store, plan(*channels(), rollback=True), Pager(), rolled, down=parts)
    for minute in (0, 15, 30, 31):
        await man.look(NOW + timedelta(minutes=minute))

    assert rolled == ["down/part0"]


async def test_what_is_answered_climbs_no_further_and_what_does_not_fire_cannot_be_answered() -> None:
    store, pager = MemoryStore(), Pager()
    man = watchman(store, plan(*channels()), pager, [])
    with pytest.raises(AlertError, match="nothing fires"):
        await acknowledge(store, "down", "ann")
    await man.look(NOW)

    assert await acknowledge(store, "down", "ann") == 1
    await man.look(NOW + timedelta(minutes=20))
    assert len(pager.told) == 2


async def test_a_silence_is_of_a_rule_that_is_there_and_never_for_ever() -> None:
    store, made = MemoryStore(), plan(*channels())

    async def wanted(key: str, days: float) -> None:
        await silence(store, made, key, until=NOW + timedelta(days=days), by="ann", reason="x", now=NOW)

    with pytest.raises(AlertError, match="no rule 'up'"):
        await wanted("up", 1)
    with pytest.raises(AlertError, match="within 7 days"):
        await wanted("down/bus", 8)
    await wanted("down/bus", 1)
    assert (await load_state(store)).silences[0].key == "down/bus"


async def test_a_drill_proves_a_webhook_at_once_and_mail_when_its_code_comes_back() -> None:
    store = MemoryStore()
    with mail_server() as mail, web_server() as web:
        made = plan(*channels(mail.port, web.port))
        with pytest.raises(Scarce, match="mail never, hook never"):
            await try_alerts(store, made, NOW)
        drills = {drill.channel: drill for drill in await fire_drill(store, made, NOW)}

    assert drills["hook"].proved_at == NOW
    assert drills["mail"].proved_at is None
    assert drills["mail"].code in str(mail.mails[0]["Subject"])
    with pytest.raises(AlertError, match="no drill said"):
        await confirm_drill(store, "NOPE", NOW)
    await confirm_drill(store, drills["mail"].code.lower(), NOW)
    said = await try_alerts(store, made, NOW + timedelta(days=29))
    assert said == "2 channels proved within 30 days that they deliver"
    with pytest.raises(Scarce, match="31 days ago"):
        await try_alerts(store, made, NOW + timedelta(days=31))


@pytest.mark.parametrize("channel", ["hook", "mail"])
async def test_a_drill_over_a_dead_channel_says_so_and_where_and_proves_nothing(channel: str) -> None:
    store = MemoryStore()

    (drill,) = await fire_drill(store, plan(*channels()), NOW, channel)

    assert drill.problem is not None
    said = "\n".join(drill_lines([drill]))
    assert f"FAIL  {channel}: connection refused at 127.0.0.1:{DEAD}\n" in said
    assert said.endswith(f"then doctrail alerts fire-drill --channel {channel}")
    assert "urlopen" not in said
    assert (await load_state(store)).proved == {}
    with pytest.raises(PermanentError, match="no channel 'x'"):
        await fire_drill(store, plan(*channels()), NOW, "x")


def test_the_log_takes_every_notice() -> None:
    with capture_logs() as told:
        send(Channel(name="log", kind="log"), notice("log"))

    assert [(line["event"], line["channel"], line["title"]) for line in told] == [
        ("alert", "log", notice("log").title)
    ]
