"""Getting into a cluster that asks who we are, and being told why where it does not let us in."""

from __future__ import annotations

import base64
import json
import sys
import time
import uuid
from dataclasses import replace

import pytest

from bus.connect import connect
from bus.kafka_address import KafkaOptions
from bus.protocol import BusError, Outgoing, Partition
from schemas.errors import TransientError
from tests.contract.bus.support import KAFKA, TOPIC, TOPIC_SETTINGS, now, take
from tests.secure_kafka import MECHANISMS, PASSWORD, USER, SecureBroker, runtime

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        runtime() is None, reason="needs DOCTRAIL_SERVICES with its runtime, java and openssl"
    ),
]


def token_command() -> tuple[str, ...]:
    """Print a token that signs nothing, as test brokers take it."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now = int(time.time())
    token = f"{part({'alg': 'none'})}.{part({'sub': USER, 'iat': now, 'exp': now + 3600})}."
    return (sys.executable, "-c", f"print({token!r})")


def entering(broker: SecureBroker, mechanism: str, **changes: object) -> KafkaOptions:
    options = replace(KAFKA, ca=broker.ca, mechanism=mechanism, patience=20.0)
    if mechanism == "OAUTHBEARER":
        return replace(options, token_command=token_command(), **changes)  # type: ignore[arg-type]
    return replace(options, **{"user": USER, "password": PASSWORD, **changes})  # type: ignore[arg-type]


def url(broker: SecureBroker, scheme: str = "kafka+tls") -> str:
    return f"{scheme}://{broker.server}/{uuid.uuid4().hex[:8]}."


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_messages_go_in_and_out_over_tls_with_every_login(broker: SecureBroker, mechanism: str) -> None:
    async with connect(url(broker), now=now, kafka=entering(broker, mechanism)) as bus:
        await bus.create_topics({TOPIC: TOPIC_SETTINGS})
        await bus.publish([Outgoing(TOPIC, "k", "e", b"secret")])
        async with bus.consumer([TOPIC], "g") as consumer:
            (record,) = await take(consumer, 1)
            await consumer.commit({Partition(TOPIC, record.partition): record.offset + 1})
        lag = (await bus.lag("g", [TOPIC]))[TOPIC]

    assert (record.body, lag.unread) == (b"secret", 0)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_a_wrong_password_is_said_without_repeating_it(broker: SecureBroker, mechanism: str) -> None:
    options = entering(broker, mechanism, password="hunter2")  # noqa: S106 (of nobody)
    async with connect(url(broker), now=now, kafka=options) as bus:
        with pytest.raises(BusError, match=f"does not let user '{USER}' in by {mechanism}") as refused:
            await bus.ensure_topics([TOPIC])

    assert "hunter2" not in str(refused.value)


async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_spoken_to(broker: SecureBroker) -> None:
    options = replace(entering(broker, "PLAIN"), ca=None)
    async with connect(url(broker), now=now, kafka=options) as bus:
        with pytest.raises(TransientError, match="certificate verify failed"):
            await bus.ensure_topics([TOPIC])


async def test_a_token_command_that_fails_is_named(broker: SecureBroker) -> None:
    options = replace(
        entering(broker, "OAUTHBEARER"), token_command=(sys.executable, "-c", "raise SystemExit(3)")
    )
    async with connect(url(broker), now=now, kafka=options) as bus:
        with pytest.raises(TransientError, match=r"printed no token \(exit code 3\)"):
            await bus.ensure_topics([TOPIC])
