"""What every answer of a server has."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Part of every answer.

    Attributes:
        snapshot: Digest of what was asked; the same question to the same snapshot has the same answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    snapshot: str = Field(description="digest of the knowledge this was answered from")
