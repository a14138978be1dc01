"""What a channel says when it takes nothing."""

from __future__ import annotations

from schemas.errors import TransientError


class ChannelError(TransientError):
    """A channel did not take a notice; it is tried again at the next look.

    Attributes:
        refused: Whether it answered, and won't have this notice: others may well be taken.
    """

    def __init__(self, channel: str, why: str, *, refused: bool = False) -> None:
        super().__init__(f"channel {channel}: {why}", target=f"channel:{channel}")
        self.refused = refused
