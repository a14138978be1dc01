"""Has a Kafka group notice the death of its members at once, which takes it seconds by itself."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.group import LeaveGroupRequest

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments

_MEMBERS = 5
"""Place of the members in what a broker tells of a group."""


async def bury(address: KafkaAddress, group: str) -> None:
    """Let every member of ``group``, all of them dead, leave it."""
    admin = AIOKafkaAdminClient(**client_arguments(address))
    try:
        await admin.start()
        coordinator = await admin.find_coordinator(group)
        for answer in await admin.describe_consumer_groups([group], coordinator):
            for group_facts in answer.groups:
                for member_id, *_ in group_facts[_MEMBERS]:
                    await admin._send_request(LeaveGroupRequest(group, member_id), coordinator)
    finally:
        await admin.close()
