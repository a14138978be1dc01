"""Who may ask: signatures made by AWS's own client code, tokens, and what a refusal tells to mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.connect import connect
from inference.endpoints.failures import UnusableModelError
from inference.scripted import ScriptedModel, tool_reply
from inference.serve.endpoint import Endpoint
from inference.serve.running import UnprotectedEndpointError, serving
from inference.serve.signature import Keys
from tests.contract.inference.asking import ARN, asking
from tests.contract.inference.wires import CALM, KEY_ID, SECRET, nothing, over

pytestmark = pytest.mark.anyio

SIGNED = pytest.mark.parametrize("wire", ["bedrock+http", "anthropic+bedrock+http", "anthropic+mantle+http"])
OURS = Keys(access=(KEY_ID, SECRET))


def scripted() -> ScriptedModel:
    return ScriptedModel(lambda r: tool_reply("record_fields", {}, model=r.model))


@SIGNED
async def test_a_signature_of_the_right_keys_is_taken(wire: str) -> None:
    async with over(wire, scripted(), keys=OURS) as client:
        found = [(await client.complete(asking(model))).model for model in ("local:untrained", ARN)]

    assert found == ["local:untrained", ARN]


@pytest.mark.parametrize("wire", ["bedrock+http", "anthropic+bedrock+http"])
@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (Keys(access=("another", SECRET)), "does not know the access key"),
        (Keys(access=(KEY_ID, "another")), "refused the signature"),
    ],
)
async def test_wrong_keys_are_told_apart(wire: str, keys: Keys, told: str) -> None:
    async with over(wire, scripted(), keys=keys) as client:
        with pytest.raises(UnusableModelError, match=told):
            await client.complete(asking("m"))


@SIGNED
@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_that_is_off_is_named(wire: str, hours: int) -> None:
    then = datetime.now(UTC) + timedelta(hours=hours)
    async with over(wire, scripted(), keys=OURS, now=then) as client:
        with pytest.raises(UnusableModelError, match="set this machine's clock"):
            await client.complete(asking("m"))


@pytest.mark.parametrize(
    ("wire", "variable"),
    [
        ("anthropic+bedrock+http", "AWS_BEARER_TOKEN_BEDROCK"),
        ("anthropic+http", "ANTHROPIC_API_KEY"),
    ],
)
async def test_a_token_is_taken_where_it_is_the_right_one(
    wire: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "a-token")
    async with over(wire, scripted(), keys=Keys(token="a-token")) as client:  # noqa: S106 (nobody's)
        assert (await client.complete(asking("m"))).model == "m"
    async with over(wire, scripted(), keys=Keys(token="another")) as client:  # noqa: S106 (nobody's)
        with pytest.raises(UnusableModelError, match="correct the credentials"):
            await client.complete(asking("m"))


async def test_an_api_key_of_bedrock_that_boto3_wont_send_in_the_clear_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "a-token")
    async with over("bedrock+http", scripted()) as client:
        with pytest.raises(UnusableModelError, match="over https only"):
            await client.complete(asking("m"))


async def test_an_endpoint_that_others_reach_wants_credentials() -> None:
    endpoint = Endpoint(scripted(), Keys(), CALM, lambda: datetime.now(UTC))
    with pytest.raises(UnprotectedEndpointError, match="DOCTRAIL_MODEL_SERVE_TOKEN"):
        async with serving(endpoint, host="0.0.0.0"):  # noqa: S104 (that is the point)
            pass


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("bedrock://eu-west-1", "there are no AWS credentials; set AWS_PROFILE"),
        ("anthropic+bedrock://eu-west-1", "there are no credentials; set AWS_PROFILE"),
        ("anthropic:", "there are no credentials; set ANTHROPIC_API_KEY"),
        ("bedrock://EU WEST", "'EU WEST' is no name of an AWS region"),
    ],
)
async def test_what_is_missing_here_is_named_before_anything_is_sent(
    url: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if "WEST" not in url:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    client = connect(url, nothing)
    with pytest.raises(UnusableModelError, match=told):
        await client.complete(asking("m"))
    await client.close()
