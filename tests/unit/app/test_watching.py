"""``doctrail alerts run``: what it looks at is asked anew, and what is down does not end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from app.actions.alerts import roll_back_last, watch
from app.clock import utc_now
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from evals.drift.nights import NightNote, keep_night
from evals.shadow.keeping import Role, begin
from ops.alerts.plan import PlanError
from ops.alerts.state import Alert, load_state
from ops.alerts.work import Round
from ops.audit.backlog import AuditNote
from ops.gates.standing import Closed, Standing, keep_standing
from ops.operations import Action
from schemas.errors import TransientError
from store import ops_keys
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.memory import MemoryStore, Method
from store.outages import OutageNote, note_outage
from store.registry import Registry, Statement
from store.sealed import seal
from tests.contract.catalog.telling import Story
from tests.integration.installation import copy_of_types
from tests.unit.agents.watching import Watched
from tests.unit.agents.workshop import Workshop
from tests.unit.evals.bench import Bench
from tests.unit.evals.street import Street, decided, opened

pytestmark = pytest.mark.anyio


def ignored(done: Round) -> None:
    """Show nothing."""


async def loaded(store: MemoryStore, ago: timedelta, what: bytes) -> None:
    """Load vendors as they were so long ago."""
    ref = await publish_part(store, "db", what)
    known = await publish_knowledge(store, Knowledge(parts={"db": ref}, told={"db": "vendors"}))
    await Registry(store).append(SLOT, Statement(at=utc_now() - ago, what=known, mark="approved", by="ann"))


async def fired(doctrail: Doctrail) -> set[str]:
    done = await watch(doctrail, every=None, on_round=ignored)
    assert done is not None
    return {alert.rule for alert in done.firing}


async def test_a_store_that_is_down_from_the_start_ends_no_look(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    methods: tuple[Method, ...] = ("fetch", "list", "read", "create", "replace")
    async with open_doctrail(settings) as opened:
        store = MemoryStore()
        for method in methods:
            store.fail(method, times=10_000, error=lambda: TransientError("no answer", target="store"))
        done = await watch(replace(opened, store=store), every=None, on_round=ignored)

    assert done is not None
    assert done.firing == ()


async def test_a_catalog_that_is_down_from_the_start_is_an_alert_and_not_the_end_of_them(
    tmp_path: Path,
) -> None:
    settings = Settings(
        _env_file=None,
        home=tmp_path,
        doctypes=copy_of_types(tmp_path, ["receipt"], trained=False),
        database_url="postgresql://doctrail@127.0.0.1:1/doctrail",
    )
    async with open_doctrail(settings, catalog_at_once=False) as opened:
        store, began = MemoryStore(), utc_now()
        later = began + timedelta(minutes=3)
        await fired(replace(opened, store=store, now=lambda: began))
        told = await fired(replace(opened, store=store, now=lambda: later))

    assert "part-down" in told
    assert (await load_state(store)).alerts["part-down/catalog"].phase == "firing"


class EnoughSeenError(Exception):
    """The test has seen what it wanted to."""


PLAN = """
[[channel]]
name = "{channel}"
kind = "log"
[[ladder.page]]
after = 0
channels = ["{channel}"]
[[rule]]
name = "full"
signal = "disk_used"
severity = "page"
owner = "platform"
runbook = "disk-runs-full.md"
caught = "a night"
says = "full"
above = {above}
lasting = 0
"""


async def test_what_the_alerts_file_says_counts_from_the_next_look_on(tmp_path: Path) -> None:
    path, told = tmp_path / "alerts.toml", list[list[str]]()
    path.write_text(PLAN.format(channel="first", above=101))
    after = [PLAN.format(channel="second", above=-1), "[[rule", PLAN.format(channel="third", above=101)]
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False),
        alerts=path,
    )  # fmt: skip

    def changed(done: Round) -> None:
        told.append([notice.channel for notice in done.arrived])
        if not after:
            raise EnoughSeenError
        path.write_text(after.pop(0))

    async with open_doctrail(settings) as doctrail:
        with pytest.raises(EnoughSeenError):
            await watch(doctrail, every=0.001, on_round=changed)

    # Nothing breaches at first; then it does; a file that can't be used changes nothing, nor ends a look.
    assert told[:3] == [[], ["second"], []]
    assert len(told) == 4


async def test_an_alerts_file_that_can_not_be_used_lets_no_watch_begin(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text("[[rule")
    settings = Settings(_env_file=None, home=tmp_path, alerts=path)
    async with open_doctrail(settings) as doctrail:
        with pytest.raises(PlanError, match=r"alerts\.toml is no TOML"):
            await watch(doctrail, every=0.001, on_round=ignored)


async def test_reference_data_loaded_since_end_the_alert_about_their_age(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    async with open_doctrail(settings) as opened:
        store = MemoryStore()
        doctrail = replace(opened, store=store)
        await loaded(store, timedelta(days=60), b"old")
        before = await fired(doctrail)
        await loaded(store, timedelta(), b"new")
        later = utc_now() + timedelta(hours=1)
        await fired(replace(doctrail, now=lambda: later))
        after = await fired(replace(doctrail, now=lambda: later + timedelta(hours=1)))

    assert "reference-too-old" in before
    assert "reference-too-old" not in after


async def watched_world(store: Watched) -> Street:
    """Return a store in which everything is that a look can meet: a guard took over, a gate is closed."""
    street = await opened(Bench(workshop=Workshop(store=store)))
    await street.publish(street.challenger, "bob")
    await street.publish(street.live, "ada")
    guard = await begin(store, street.shadow(role=Role.GUARD))
    await decided(street, guard, "7.00")
    await street.settle(guard)
    now = utc_now()
    await keep_night(store, NightNote(at=now, code=2, alerts=("slip.total",), revoked=()))
    note = OutageNote(target="model", process="p", agents=("extraction",), opened=now, closed=now)
    await note_outage(store, note)
    await store.create(ops_keys.audit(1), seal(AuditNote(number=1, at=now, documents=1, entries=())))
    closed = Closed(gate="odd", doc_type="slip", action=Action.HOLD, reason="odd", at=now)
    await keep_standing(store, Standing(closed={closed.key: closed}))
    await loaded(store, timedelta(days=60), b"old")
    return street


async def test_whoever_watches_touches_what_its_role_is_granted_and_nothing_else(tmp_path: Path) -> None:
    store = Watched()
    street = await watched_world(store)
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    async with open_doctrail(settings) as made:
        doctrail = replace(made, store=store)
        story = Story("slip", start=utc_now() - timedelta(hours=1))
        await story.submitted().classified("slip").completed(1).into(doctrail.catalog)
        store.met.clear()
        assert {"quality-fell", "reference-too-old"} <= await fired(doctrail)
        alert = Alert(rule="budget", subject="", value=1.0, since=utc_now(), seen_at=utc_now())
        then = replace(doctrail, now=street.bench.workshop.now)
        said = await roll_back_last(store, then, alert)

    assert said.startswith("rolled slip back from ")
    folders = {key.partition("/")[0] for _, key in store.met}
    assert folders >= {"alerts", "audits", "documents", "evals", "gates", "outages", "registry", "releases"}
    store.assert_granted("alerts")


async def test_several_alerts_of_one_trouble_take_back_one_promotion_and_say_so(tmp_path: Path) -> None:
    street = await opened(Bench())
    for who in ("bob", "ada"):
        await street.publish(street.challenger if who == "bob" else street.live, who)
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    async with open_doctrail(settings) as made:
        begun = street.bench.workshop.now()
        alerts = [Alert(rule=name, subject="", value=1.0, since=begun, seen_at=begun) for name in ("a", "b")]
        told = []
        for hours, alert in ((0, alerts[0]), (0, alerts[1]), (23, alerts[1])):
            doctrail = replace(
                made, store=street.bench.store, now=partial(datetime.__add__, begun, timedelta(hours=hours))
            )
            told.append(await roll_back_last(street.bench.store, doctrail, alert))

    assert told[0].startswith("rolled slip back from ")
    entry = told[0].rpartition(" ")[2]
    for one in told[1:]:
        assert one.startswith("nothing more was rolled back: slip was on ")
        assert f"(registry entry {entry})" in one
