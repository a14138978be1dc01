from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.s3_client import ASKED_EARLY, CREDENTIALS_FOR, credentials


def test_credentials_are_used_for_minutes_before_the_chain_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made for this test")
    before = datetime.now(UTC)

    # Whoever is handed them asks for others so long before they expire; the rest is how long they serve.
    assert credentials()["expires_at"] - ASKED_EARLY >= before + CREDENTIALS_FOR
