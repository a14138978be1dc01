"""What a Kafka user may do, on a real cluster with an authorizer."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from app.buses import connect_bus, kafka_options, wanted_topics
from app.permissions import role_permissions
from app.settings import Settings
from bus.kafka_address import parse_address
from bus.kafka_client import client_arguments
from ops.granting import Permission
from ops.lag import lag
from ops.permissions import ROLES
from schemas.handling import Outgoing
from tests.secure_kafka import LIMITED, PASSWORD, USER, SecureBroker, runtime

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(
        runtime() is None, reason="needs DOCTRAIL_SERVICES with its runtime, java and openssl"
    ),
]

ADDED = re.compile(r"--allow-principal '(User:\w+)' --operation (\w+) --(topic|group) '(.+)'$")
OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
RESOURCES = {"topic": 2, "group": 3}
LITERAL = ALLOW = 3
SOME = ("intake", "validation", "alerts")
ON_THE_BUS = [role for role, needs in ROLES.items() if any(need.part == "topic" for need in needs)]
LOOKS = 200
"""Looks after which a grant that the broker took must have come into force."""


def settings_of(broker: SecureBroker, user: str, prefix: str, home: Path) -> Settings:
    return Settings(
        _env_file=None,
        home=home,
        bus_url=f"kafka+tls://{broker.server}/{prefix}",
        kafka_user=user,
        kafka_password=PASSWORD,
        kafka_sasl="SCRAM-SHA-512",
        kafka_ca=broker.ca,
        topic_partitions=1,
        topic_replicas=1,
    )


@dataclass
class Acls:
    """A cluster's ACLs in the hands of who may do everything."""

    client: AIOKafkaClient
    limited: Settings

    async def change(self, statement: str, *, adding: bool) -> None:
        """Add what a statement says, or take it away."""
        found = ADDED.search(statement)
        assert found, statement
        principal, operation, part, name = found.groups()
        acl = (RESOURCES[part], name, LITERAL, principal, "*", OPERATIONS[operation], ALLOW)
        request = CreateAclsRequest(*acl) if adding else DeleteAclsRequest(*acl)
        answer = await self.client.send(self.client.get_random_node(), request)
        assert [one[0] for one in (answer.creation_responses if adding else answer.filter_responses)] == [0]

    async def denied(self, role: str, expected: Sequence[Permission]) -> list[tuple[str, str]]:
        """Return what is denied once it is as expected; a broker hears of its controller's changes later."""
        wanted = [(one.action, one.resource) for one in expected]
        for _ in range(LOOKS):
            found = [one for one in await role_permissions(self.limited, role) if one.state != "ok"]
            if [(one.action, one.resource) for one in found] == wanted:
                break
        return [(one.action, one.resource) for one in found]


@pytest.fixture
async def acls(broker: SecureBroker, tmp_path: Path) -> AsyncIterator[Acls]:
    prefix = f"{uuid.uuid4().hex[:8]}."
    owner = settings_of(broker, USER, prefix, tmp_path)
    async with connect_bus(owner) as bus:
        await bus.create_topics(wanted_topics(owner))
    client = AIOKafkaClient(**client_arguments(parse_address(owner.bus, kafka_options(owner))))
    await client.bootstrap()
    yield Acls(client, settings_of(broker, LIMITED, prefix, tmp_path))
    await client.close()


@pytest.mark.parametrize("role", SOME if not os.environ.get("DOCTRAIL_THOROUGH") else ON_THE_BUS)
async def test_doctor_names_the_very_acl_that_a_role_lacks(acls: Acls, role: str) -> None:
    nothing = [one for one in await role_permissions(acls.limited, role) if one.state != "ok"]
    asked = [need for need in ROLES[role] if need.part in ("topic", "group")]
    for one in nothing:
        await acls.change(one.statement or "", adding=True)

    assert {one.identity for one in nothing} == {f"User:{LIMITED}"}
    assert len(nothing) == len(asked)
    assert await acls.denied(role, []) == []
    for one in nothing:
        await acls.change(one.statement or "", adding=False)
        assert await acls.denied(role, [one]) == [(one.action, one.resource)]
        await acls.change(one.statement or "", adding=True)


async def test_with_just_these_acls_a_message_goes_in_and_out(acls: Acls) -> None:
    for one in await role_permissions(acls.limited, "intake"):
        if one.statement:
            await acls.change(one.statement, adding=True)
    assert await acls.denied("intake", []) == []
    async with connect_bus(acls.limited) as bus:
        await bus.ensure_topics(tuple(wanted_topics(acls.limited))[:9])
        async with bus.consumer(["documents.inbox"], "intake") as consumer:
            await consumer.poll(1, 0.1)


async def test_with_just_these_acls_the_alerts_see_how_far_agents_are_behind(acls: Acls) -> None:
    for one in await role_permissions(acls.limited, "alerts"):
        if one.statement:
            await acls.change(one.statement, adding=True)
    assert await acls.denied("alerts", []) == []
    async with connect_bus(acls.limited.model_copy(update={"kafka_user": USER})) as bus:
        await bus.publish([Outgoing("documents.inbox", "x", "x", b"{}")])
    async with connect_bus(acls.limited) as bus:
        (behind,) = await lag(bus)

    assert (behind.agent, behind.topic, behind.unread) == ("intake", "documents.inbox", 1)
    assert behind.oldest is not None


async def test_asking_leaves_nothing_in_a_topic(acls: Acls) -> None:
    owner = acls.limited.model_copy(update={"kafka_user": USER})
    assert {one.state for one in await role_permissions(owner, "watch")} == {"ok"}
    async with connect_bus(owner) as bus:
        lag = await bus.lag("nobody", ["documents.inbox"])

    assert lag["documents.inbox"].unread == 0
