"""What a topic is made of, on any bus."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How a topic is kept.

    What is None is left to the bus where a topic is wanted, and is none of the bus's where one is found.

    Attributes:
        partitions: Ordered parts; equal keys always lie in the same one.
        replicas: Copies of each record.
        retention: Seconds that a record is kept; infinite for ever.
        compacted: Only the newest record of each key outlives the retention.
    """

    partitions: int
    replicas: int | None = None
    retention: float | None = None
    compacted: bool | None = None

    def differences(self, found: TopicSettings) -> list[str]:
        """Return in words what ``found`` has otherwise than is wanted here."""
        pairs = {
            "partitions": (self.partitions, found.partitions),
            "replicas": (self.replicas, found.replicas),
            "retention in seconds": (self.retention, found.retention),
            "compacted": (self.compacted, found.compacted),
        }
        return [
            f"{name} {has:g} instead of {wants:g}"
            for name, (wants, has) in pairs.items()
            if wants is not None and has is not None and wants != has
        ]
