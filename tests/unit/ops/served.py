"""A server of tools that always answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.tools.toolbox import Definition, Said


class Answering:
    """Finds whatever it is asked for."""

    async def definitions(self) -> tuple[Definition, ...]:
        """Return no tools: nobody asks."""
        return ()

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Said:
        """Return that it was found."""
        del tool, arguments
        return Said(content={"status": "found"})

    async def close(self) -> None:
        """Let go of nothing."""
