"""Making and describing a cluster's topics."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments, entering, unanswered
from bus.protocol import BusError
from bus.topics import TopicSettings

_ERROR, _NAME, _PARTITIONS = "error_code", "topic", "partitions"
_RETENTION, _CLEANUP = "retention.ms", "cleanup.policy"


class Admin:
    """An administrator's connection, open within ``async with``."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._client = AIOKafkaAdminClient(**client_arguments(address))

    async def create(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Create topics; one that somebody else made meanwhile is left as it is.

        Raises:
            BusError: The cluster refuses some; each is named with its reason.
            TransientError: No broker answered in time.
        """
        answer = await self._ask(
            "create topics",
            self._client.create_topics([_new(name, plan) for name, plan in wanted.items()]),
        )
        # Nothing is raised for a topic that could not be made.
        refused = [
            f"{name}: {message or for_code(code).__name__}"
            for name, code, message in answer.topic_errors
            if for_code(code) not in (NoError, TopicAlreadyExistsError)
        ]
        if refused:
            raise BusError(f"bus {self._address} refuses topics: {'; '.join(refused)}")

    async def describe(self, names: Sequence[str]) -> dict[str, TopicSettings]:
        """Return how those of the topics that exist are kept.

        Raises:
            TransientError: No broker answered in time.
        """
        known = set(await self._ask("list its topics", self._client.list_topics()))
        wanted = [name for name in names if name in known]
        if not wanted:
            return {}
        topics = await self._ask("describe topics", self._client.describe_topics(wanted))
        shapes = {topic[_NAME]: topic[_PARTITIONS] for topic in topics if not topic[_ERROR]}
        settings = {_RETENTION: None, _CLEANUP: None}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, settings) for name in shapes]
        configs = _entries(await self._ask("describe topics", self._client.describe_configs(asked)))
        return {name: _settings(shape, configs.get(name, {})) for name, shape in shapes.items()}

    async def delete(self, names: Collection[str]) -> None:
        """Delete topics with all they hold; one that does not exist is no error.

        Raises:
            TransientError: No broker answered in time.
        """
        await self._ask("delete topics", self._client.delete_topics(list(names)))

    async def __aenter__(self) -> Self:
        """Connect."""
        async with entering(self._address):
            try:
                await self._client.start()
            except BaseException:
                await self._client.close()
                raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Let go of the connection."""
        await self._client.close()

    async def _ask(self, doing: str, call: Any) -> Any:
        try:
            async with asyncio.timeout(self._address.options.patience):
                return await call
        except (TimeoutError, KafkaError) as error:
            raise unanswered(self._address, doing, error) from error


def _new(name: str, plan: TopicSettings) -> NewTopic:
    topic = NewTopic(name, plan.partitions, plan.replicas or 1, topic_configs=_configs(plan))
    if plan.replicas is None:
        # The wire's word for the cluster's default, which the constructor does not take.
        topic.replication_factor = -1
    return topic


def _configs(plan: TopicSettings) -> dict[str, str]:
    configs = {}
    if plan.retention is not None:
        configs[_RETENTION] = str(-1 if math.isinf(plan.retention) else int(plan.retention * 1000))
    if plan.compacted is not None:
        configs[_CLEANUP] = "compact,delete" if plan.compacted else "delete"
    return configs


def _entries(answers: Sequence[Any]) -> dict[str, dict[str, str]]:
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _, _, _, name, entries in answer.resources
    }


def _settings(shape: Sequence[Mapping[str, Any]], configs: Mapping[str, str]) -> TopicSettings:
    kept = configs.get(_RETENTION)
    cleanup = configs.get(_CLEANUP)
    return TopicSettings(
        partitions=len(shape),
        replicas=len(shape[0]["replicas"]) if shape else None,
        retention=None if kept is None else math.inf if int(kept) < 0 else int(kept) / 1000,
        compacted=None if cleanup is None else "compact" in cleanup,
    )
