"""What AWS and Anthropic answer where something has to be mended, met by their own clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.connect import Limits, connect
from inference.endpoints.bedrock import credentials_problem
from inference.endpoints.failures import RefusedRequestError, UnusableModelError, require_sound_arn
from inference.protocol import ModelClient
from inference.serve.running import serving
from inference.serve.signature import Keys
from schemas.errors import PipelineError
from tests.contract.inference.asking import ARN, asking
from tests.contract.inference.wires import nothing

pytestmark = pytest.mark.anyio

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
USER = "arn:aws:iam::123456789012:user/somebody"


@dataclass
class Refusing:
    """An endpoint that answers everything with one refusal, in AWS's own shape."""

    keys: Keys = field(default_factory=Keys)
    status: int = 400
    code: str = ""
    said: str = ""

    def app(self) -> Starlette:
        """Return the ASGI application."""

        async def refuse(_request: Request) -> Response:
            headers = {
                "x-amzn-errortype": f"{self.code}:http://internal.amazon.com/",
                "x-amzn-requestid": "r",
            }
            return JSONResponse({"message": self.said}, self.status, headers=headers)

        return Starlette(routes=[Route("/{path:path}", refuse, methods=["POST"])])


@pytest.fixture(scope="module", params=["bedrock+http", "anthropic+bedrock+http"])
async def refusing(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Refusing, ModelClient]]:
    endpoint = Refusing()
    async with serving(endpoint) as server:  # type: ignore[arg-type]  # an endpoint by its shape
        client = connect(f"{request.param}://{server.address}", nothing, Limits(seconds=30.0, concurrency=1))
        yield endpoint, client
        await client.close()


@pytest.mark.parametrize(
    ("status", "code", "said", "cause", "remedy"),
    [
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "does not know the access key",
            "correct the credentials",
        ),
        (
            403,
            "InvalidSignatureException",
            (
                "The request signature we calculated does not match the signature "
                "you provided. Check your AWS Secret Access Key and signing method."
            ),
            "refused the signature",
            "correct the secret key",
        ),
        (
            403,
            "InvalidSignatureException",
            (
                "Signature expired: 20261121T090000Z is now earlier than "
                "20261121T095500Z (20261121T100000Z - 5 min.)"
            ),
            "because of its time",
            "set this machine's clock",
        ),
        (
            403,
            "InvalidSignatureException",
            ("Signature not yet current: 20261121T110000Z is still later than 20261121T100500Z"),
            "because of its time",
            "set this machine's clock",
        ),
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "session token has expired",
            "refresh the credentials",
        ),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
            "was not granted to this account",
            "ask for access",
        ),
        (
            403,
            "AccessDeniedException",
            (
                f"User: {USER} is not authorized to perform: bedrock:InvokeModel on "
                "resource: arn:aws:bedrock:eu-west-1::foundation-model/x because no policy allows it"
            ),
            "needs the permission bedrock:InvokeModel",
            "allow that in the role's policy",
        ),
        (
            403,
            "AccessDeniedException",
            (
                f"User: {USER} is not authorized to perform: bedrock:Invoke with an "
                "explicit deny in a service control policy"
            ),
            "forbids it outright",
            "change that policy",
        ),
        (
            404,
            "ResourceNotFoundException",
            "Model use case details have not been submitted for this account.",
            "needs the use case form",
            "fill it in",
        ),
        (
            404,
            "ResourceNotFoundException",
            "This model version has reached the end of its life.",
            "not offered any more",
            "name a newer one",
        ),
        (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the model identifier.",
            "no model id, inference profile or ARN",
            "correct model.json",
        ),
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
            "no model id, inference profile or ARN",
            "correct model.json",
        ),
        (
            400,
            "ValidationException",
            (
                "Invocation of model ID x with on-demand throughput isn't supported. "
                "Retry your request with the ID or ARN of an inference profile that contains this model."
            ),
            "by an inference profile",
            "name that of your region",
        ),
    ],
)
async def test_what_has_to_be_mended_is_one_sentence_with_cause_and_remedy(
    refusing: tuple[Refusing, ModelClient], status: int, code: str, said: str, cause: str, remedy: str
) -> None:
    endpoint, client = refusing
    endpoint.status, endpoint.code, endpoint.said = status, code, said
    with pytest.raises(UnusableModelError) as caught:
        await client.complete(asking(MODEL))

    sentence = str(caught.value)
    assert cause in sentence
    assert remedy in sentence
    assert sentence.count("\n") == 0
    assert "somebody" not in sentence


async def test_a_request_that_is_too_long_is_refused_and_nothing_needs_mending(
    refusing: tuple[Refusing, ModelClient],
) -> None:
    endpoint, client = refusing
    endpoint.status, endpoint.code = 400, "ValidationException"
    endpoint.said = "Input is too long for requested model."
    with pytest.raises(RefusedRequestError, match="too long"):
        await client.complete(asking(MODEL))


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("arn:aws:bedrock:eu-west-1:12345:inference-profile/x", "is no ARN of a model"),
        ("arn:aws:s3:::bucket/key", "is no ARN of a model"),
        ("arn:aws:bedrock:eu-west-1:123456789012:inference-profile", "is no ARN of a model"),
        ("arn:aws:bedrock:us-east-1:123456789012:prompt-router/r1", "lies in us-east-1"),
    ],
)
@pytest.mark.parametrize("url", ["bedrock://eu-west-1", "anthropic+bedrock://eu-west-1"])
async def test_an_arn_that_cant_be_right_is_named_before_anything_is_sent(
    url: str, model: str, told: str
) -> None:
    client = connect(url, nothing)
    with pytest.raises(UnusableModelError, match=told) as caught:
        await client.complete(asking(model))
    await client.close()

    assert "correct model.json" in str(caught.value)


@pytest.mark.parametrize(
    "model",
    [
        MODEL,
        ARN,
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-v1:0",
        "arn:aws:bedrock:eu-west-1:123456789012:default-prompt-router/anthropic.claude:1",
        "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/abc123",
    ],
)
def test_a_sound_id_is_let_pass(model: str) -> None:
    require_sound_arn("bedrock:x", model, None if "gov" in model else "eu-west-1")


@pytest.mark.parametrize("url", ["bedrock://eu-wset-1", "anthropic+bedrock://eu-wset-1"])
async def test_a_region_that_nobody_knows_is_named(url: str) -> None:
    client = connect(url, nothing, Limits(seconds=30.0, concurrency=1))
    with pytest.raises(PipelineError) as caught:
        await client.complete(asking(MODEL))
    await client.close()

    assert "no region 'eu-wset-1' is known to have Bedrock" in str(caught.value)
    assert "correct DOCTRAIL_MODEL_URL" in str(caught.value)


def test_a_profile_that_is_not_there_and_a_sign_in_that_expired_are_told_apart() -> None:
    from botocore.exceptions import PartialCredentialsError, ProfileNotFound, UnauthorizedSSOTokenError

    assert "AWS_PROFILE" in (credentials_problem(ProfileNotFound(profile="x")) or "")
    assert "aws sso login" in (credentials_problem(UnauthorizedSSOTokenError()) or "")
    assert "one half" in (credentials_problem(PartialCredentialsError(provider="env", cred_var="s")) or "")
    assert credentials_problem(ValueError("x")) is None
