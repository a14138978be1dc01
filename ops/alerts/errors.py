"""What a channel says when it takes nothing."""

from __future__ import annotations

from schemas.errors import TransientError


class ChannelError(TransientError):
    """A channel did not take a notice; it is tried again at the next look."""

    def __init__(self, channel: str, why: str) -> None:
        super().__init__(f"channel {channel}: {why}", target=f"channel:{channel}")
