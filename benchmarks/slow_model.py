"""A model that takes its time: answers every request after a fixed wait, in a process of its own.

Usage: python -m benchmarks.slow_model [--seconds 0.5]
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.logs import configure_logs
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.scripted import tool_reply
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Plan
from inference.serve.running import serving
from inference.serve.signature import Keys
from schemas.layout_block import is_block, parse_block


@dataclass(frozen=True)
class SlowModel:
    """Says of every field that it reads the document's first line, once its time is over."""

    seconds: float

    def endpoint(self, model: str) -> str:
        """Return its name."""
        return "slow"

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the answer, no sooner than due."""
        await asyncio.sleep(self.seconds)
        return tool_reply(request.tool_choice or "", _read(request), model=request.model)

    async def close(self) -> None:
        """Hold nothing."""


def _read(request: ModelRequest) -> dict[str, Any]:
    """Return a reading of every field that is asked for, where there is a document to read."""
    texts = [b.text for turn in request.turns for b in turn.content if isinstance(b, TextBlock)]
    block = next((text for text in texts if is_block(text)), None)
    tool = next((tool for tool in request.tools if tool.name == request.tool_choice), None)
    if block is None or tool is None:
        return {}
    line = next(line for page in parse_block(block).pages for line in page.lines)
    reading = {"value": line.text, "quote": line.text, "lines": [line.id]}
    return {name: {"readings": [reading]} for name in tool.input_schema.get("properties", {})}


async def serve(seconds: float) -> None:
    """Serve until killed; the first line printed is the address."""
    endpoint = Endpoint(SlowModel(seconds), Keys(), Plan({}), lambda: datetime.now(UTC))
    async with serving(endpoint) as server:
        print(f"http://{server.address}", flush=True)
        await server.ended()


def main() -> None:
    """Serve as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5)
    # Nobody reads on after the address: a line for each call would fill the pipe, and the model would stand.
    configure_logs("error")
    asyncio.run(serve(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
