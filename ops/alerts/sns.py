"""Telling an SNS topic, Amazon's or one that speaks like it."""

from __future__ import annotations

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops.alerts.errors import ChannelError
from ops.alerts.plan import Channel
from ops.alerts.state import Notice


def publish(channel: Channel, notice: Notice) -> None:
    """Publish a notice to the channel's topic.

    Raises:
        ChannelError: The topic did not take it.
    """
    config = Config(
        connect_timeout=channel.seconds,
        read_timeout=channel.seconds,
        retries={"total_max_attempts": 1},
    )
    try:
        client = boto3.client(
            "sns", region_name=channel.region, endpoint_url=channel.url or None, config=config
        )
        client.publish(TopicArn=channel.topic, Subject=notice.title[:99], Message=notice.text)
    except (BotoCoreError, ClientError) as error:
        raise ChannelError(channel.name, str(error)) from error
