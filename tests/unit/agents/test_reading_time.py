"""What reading a document took, apart from waiting for a free reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pages.reader import ReadDocument, Refusal, Unpacked
from tests.unit.agents.line_reader import LineReader
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop


class Busy(LineReader):
    """A reader whose processes were all taken for a while."""

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Read after others."""
        return replace(await super().read(data, unpack=unpack), waited=500.0)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "text", [SURE, "REFUSE password_required\n", json.dumps({"holds": {"a.txt": SURE}, "left_out": []})]
)
async def test_the_trail_tells_reading_from_waiting_for_it(text: str) -> None:
    workshop = Workshop()
    workshop.reader = Busy()
    workshop.restart()

    await workshop.submit(text)

    trails = (data for key, data in workshop.store.objects.items() if "/gatekeeper/0001" in key)
    trail = json.loads(next(trails))
    step = next(step for step in trail["steps"] if step["kind"] == "read")
    assert step["data"]["waited"] == 500.0
    assert 0.0 <= step["seconds"] < 500.0
