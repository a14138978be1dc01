"""The whole loop: a document is submitted, routed with its reason, corrected by keys; its record follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Window
from tests.browser.loop import CORRECTED, record_loop, terminal_in

pytestmark = pytest.mark.anyio


async def test_what_a_person_corrects_by_keys_is_the_record_and_the_trace_says_who(
    window: Window, tmp_path: Path
) -> None:
    found = await record_loop(window, terminal_in(tmp_path))

    assert "day or month first" in found.reason
    fields = {one["field"]["name"]: one for one in found.record["fields"]}
    date = fields["agreement_date"]
    assert (date["decision"], date["field"]["readings"][0]["value"]) == ("human", CORRECTED)
    assert "agreement_date     decided by a reviewer" in found.trace
    assert "decision_id" in found.trace
    assert (await window.harm())["policy"] == []
