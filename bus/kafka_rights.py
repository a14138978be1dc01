"""The rights of a Kafka user, by requests that change nothing whether they are granted or not."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments, entering, unanswered

_NOWHERE = 2**31 - 1
"""A partition that no topic has: who is let in is told that, and nothing is read or written."""
_TOPIC_DENIED, _GROUP_DENIED = 29, 30
_PATIENCE_MS = 1000


class KafkaRights:
    """What the user of an address may do; open within ``async with``."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._client = AIOKafkaClient(**client_arguments(address))

    @property
    def identity(self) -> str:
        """Who asks."""
        return f"User:{self._address.options.user or 'ANONYMOUS'}"

    def resource(self, part: str, name: str) -> str:
        """Return a topic or group as the cluster names it."""
        return f"{part} {self._address.prefix}{name}"

    async def may(self, action: str, part: str, name: str) -> bool | None:
        """Whether ``action`` is granted: Describe, Read or Write on a topic, Describe or Read on a group.

        Raises:
            TransientError: No broker answered.
        """
        named = self._address.prefix + name
        if part == "group":
            return await self._may_in_group(action, named)
        match action:
            case "Describe":
                answer = await self._ask(MetadataRequest([named], allow_auto_topic_creation=False))
                return _error(answer.topics[0], 0) != _TOPIC_DENIED
            case "Read":
                answer = await self._ask(FetchRequest(0, 0, 1, 0, [(named, [(_NOWHERE, 0, 1)])]))
                return _error(answer.topics[0][1][0], 1) != _TOPIC_DENIED
            case "Write":
                answer = await self._ask(ProduceRequest(None, -1, _PATIENCE_MS, [(named, [(_NOWHERE, b"")])]))
                return _error(answer.topics[0][1][0], 1) != _TOPIC_DENIED
        raise ValueError(f"no request asks whether {action!r} is granted")

    async def _may_in_group(self, action: str, named: str) -> bool:
        if action == "Describe":
            answer = await self._ask(DescribeGroupsRequest([named]))
            return _error(answer.groups[0], 0) != _GROUP_DENIED
        answer = await self._ask(HeartbeatRequest(named, 0, "doctor"))
        return int(answer.error_code) != _GROUP_DENIED

    async def __aenter__(self) -> Self:
        """Connect."""
        async with entering(self._address):
            try:
                await self._client.bootstrap()
            except BaseException:
                await self._client.close()
                raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Let go of the connection."""
        await self._client.close()

    async def _ask(self, request: Any) -> Any:
        try:
            async with asyncio.timeout(self._address.options.patience):
                return await self._client.send(self._client.get_random_node(), request)
        except (TimeoutError, KafkaError) as error:
            raise unanswered(self._address, "say what it grants", error) from error


def _error(answer: Any, place: int) -> int:
    return int(answer[place])
