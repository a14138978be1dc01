"""Telling an SNS topic, Amazon's or one that speaks like it."""

from __future__ import annotations

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops.alerts.errors import ChannelError
from ops.alerts.plan import Channel
from ops.alerts.state import Notice

_ABOUT_THIS = ("InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid")
"""What it calls a notice that it will never take."""


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
        client.publish(TopicArn=channel.topic, Subject=_subject(notice.title), Message=notice.text)
    except ClientError as error:
        refused = error.response.get("Error", {}).get("Code") in _ABOUT_THIS
        raise ChannelError(channel.name, str(error), refused=refused) from error
    except BotoCoreError as error:
        raise ChannelError(channel.name, str(error)) from error


def _subject(title: str) -> str:
    """Return a title as SNS takes subjects: below 100 printable characters of ASCII, the first no blank."""
    plain = "".join(one if " " <= one <= "~" else "?" for one in " ".join(title.split()))
    return plain[:99] or "alert"
