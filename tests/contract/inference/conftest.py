"""Credentials that are nobody's, so that real clients of AWS sign what they send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.inference.wires import KEY_ID, SECRET


@pytest.fixture(scope="module", autouse=True)
def _aws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_API_KEY"):
            environment.delenv(name, raising=False)
        yield
