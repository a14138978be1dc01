"""doctrail with a document that kills: ``python -m tests.chaos.poisoned run --only extraction``.

``CHAOS_POISON`` is the document id; the process that begins to extract it is killed on the spot.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from agents.extraction.agent import ExtractionAgent
from app.cli import main
from schemas.handling import Delivery, Outgoing

_handle = ExtractionAgent.handle


async def _die_or_handle(self: ExtractionAgent, delivery: Delivery) -> Sequence[Outgoing]:
    if delivery.envelope.subject == os.environ["CHAOS_POISON"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return await _handle(self, delivery)


if __name__ == "__main__":
    ExtractionAgent.handle = _die_or_handle  # type: ignore[method-assign]
    main()
