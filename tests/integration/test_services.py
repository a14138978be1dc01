"""Agents as services of their own on a real cluster: no agent knows, and a document finds its way."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from app.actions.run import OneProcessError, run_agents
from app.buses import connect_bus, wanted_topics
from app.engine import Engine
from app.lock import AlreadyRunningError, agents_here
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from app.workers import AGENTS, open_workers
from bus.kafka_address import KafkaOptions, parse_address
from bus.kafka_admin import Admin
from catalog.queries import list_documents
from ops.status import status
from ops.topics import create_topics
from schemas.canonical import sha256_hex
from schemas.errors import InvariantError
from tests.integration.installation import copy_of_types, settings_in
from tests.services import lacking

pytestmark = pytest.mark.anyio
CEILING = 60.0

needs_kafka = pytest.mark.skipif(lacking("kafka") is not None, reason="no broker")


def on_kafka(kafka: str, folder: Path) -> Settings:
    return settings_in(
        folder,
        bus_url=f"kafka://{kafka}/{uuid.uuid4().hex[:12]}.",
        kafka_session_seconds=6.0,
        topic_partitions=2,
        inbox=folder / "dropped",
        doctypes=copy_of_types(folder, trained=False),
    )


@needs_kafka
async def test_a_foreign_message_becomes_a_record_by_agents_that_run_apart(
    kafka: str, tmp_path: Path
) -> None:
    settings = on_kafka(kafka, tmp_path)
    letter = tmp_path / "dropped" / "letter to you.txt"
    letter.parent.mkdir()
    letter.write_text("Dear Ms Stone,\nthank you for your visit.\nYours,\nA. Miller\n", encoding="utf-8")
    address = parse_address(settings.bus, KafkaOptions())
    async with connect_bus(settings) as bus:
        made = await create_topics(bus, wanted_topics(settings))
    async with AIOKafkaProducer(bootstrap_servers=kafka) as foreign:
        uri = letter.as_uri()
        await foreign.send_and_wait(address.prefix + "documents.inbox", json.dumps({"uri": uri}).encode())

    async def rests(doctrail: Doctrail) -> str:
        async with asyncio.timeout(CEILING):
            while True:
                for row in [row async for row in list_documents(doctrail.catalog)]:
                    if row.state in ("in_review", "rejected"):
                        return f"{row.document_id} {row.state}"
                await asyncio.sleep(0.1)

    async with open_doctrail(settings) as doctrail:
        await doctrail.live.publish(doctrail.now(), by="ann", mark="approved")
    async with open_doctrail(settings) as one, open_doctrail(settings) as other, asyncio.TaskGroup() as tasks:
        await one.live.publish(one.now(), by="ada", mark="approved")
        found = tasks.create_task(rests(other))

        async def until_found(_: Engine) -> None:
            await asyncio.wait([found])

        tasks.create_task(Engine(one, AGENTS[:2]).run(until_found))
        tasks.create_task(Engine(other, AGENTS[2:]).run(until_found))
    async with Admin(address) as admin:
        await admin.delete([address.prefix + topic.name for topic in made])

    assert {topic.state for topic in made} == {"made"}
    assert found.result() == f"{sha256_hex(letter.read_bytes())} in_review"
    assert not list((settings.home / "objects" / "sessions").rglob("*.json"))


async def test_without_its_bus_status_says_so_and_all_that_is_known(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, bus_url="kafka://127.0.0.1:1")
    async with open_doctrail(settings, needs_bus=False) as doctrail:
        found = await status(doctrail.store, doctrail.bus, doctrail.catalog)

    assert (found.total, found.lag) == (0, ())
    assert "bus kafka://127.0.0.1:1 did not answer" in (found.trouble or "")


async def test_agents_run_without_the_catalog_that_only_the_projector_needs(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, database_url="postgresql://nobody.invalid/db", bus_url="kafka://b")
    async with (
        open_doctrail(settings, needs_bus=False, needs_catalog=False) as doctrail,
        open_workers(doctrail, only=["extraction"]) as workers,
    ):
        assert [worker.name for worker in workers] == ["extraction"]
        with pytest.raises(InvariantError, match="opened no catalog"):
            doctrail.catalog.close()


async def test_some_agents_alone_need_a_bus_that_many_can_read(tmp_path: Path) -> None:
    with pytest.raises(OneProcessError, match="--only with a bus that many can read"):
        await run_agents(settings_in(tmp_path), only=["gatekeeper"], drain=True)


async def test_a_command_that_sends_work_never_runs_agents_beside_services(tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunningError) as told, agents_here(settings_in(tmp_path, bus_url="kafka://b")):
        pass

    assert told.value.who == "whoever runs the agents"
