"""What surrounds a remote model: its URL, its price, its quota, and what its refusals mean."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inference.connect import KNOWN, Limits, UnknownModelUrlError, connect
from inference.endpoints.beside import Beside
from inference.endpoints.failures import (
    RefusedRequestError,
    TooMuchRoomError,
    UnusableModelError,
    failure,
    seconds_of,
)
from inference.endpoints.limits import Limited, estimated_tokens
from inference.endpoints.prices import BrokenPricesError, load_prices
from inference.protocol import (
    LostReplyError,
    ModelReply,
    ModelRequest,
    StopReason,
    TextBlock,
    Tool,
    Turn,
    Usage,
)
from inference.scripted import ScriptedModel, tool_reply
from inference.serve.faults import Fault, Plan, UnknownFaultError, chances_of
from inference.wire.stops import CONVERSE, read_stop
from schemas.errors import PipelineError, TransientError


async def nothing(digest: str) -> bytes:
    raise AssertionError(digest)


def asking(model: str, text: str = "so") -> ModelRequest:
    turn = Turn(role="user", content=(TextBlock(text=text),))
    return ModelRequest(model=model, system="", turns=(turn,), max_tokens=10)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("local:", "local"),
        ("bedrock://eu-west-1", "bedrock:eu-west-1"),
        ("bedrock+http://127.0.0.1:8190", "bedrock:127.0.0.1:8190"),
        ("bedrock+https://models.example/", "bedrock:models.example"),
        ("anthropic:", "anthropic"),
        ("anthropic+http://127.0.0.1:8190", "anthropic:127.0.0.1:8190"),
        ("anthropic+bedrock://us-east-1", "anthropic+bedrock:us-east-1"),
        ("anthropic+bedrock+http://127.0.0.1:1", "anthropic+bedrock:127.0.0.1:1"),
        ("anthropic+mantle://us-east-1", "anthropic+mantle:us-east-1"),
    ],
)
def test_a_url_names_who_answers_and_nothing_is_connected(url: str, endpoint: str) -> None:
    client = connect(url, nothing)

    assert client.endpoint("some.model") == endpoint


@pytest.mark.parametrize("url", ["", "bedrock:", "bedrock+http:", "openai:", "local://host", "anthropic://x"])
def test_a_url_that_names_nobody_is_refused_with_those_that_do(url: str) -> None:
    with pytest.raises(UnknownModelUrlError) as caught:
        connect(url, nothing)

    assert all(known in str(caught.value) for known in KNOWN)


def test_beside_a_cloud_local_models_answer_here() -> None:
    here, cloud = (ScriptedModel(lambda r: tool_reply("t", {}, model=r.model)) for _ in range(2))
    both = Beside(here, cloud)

    asyncio.run(both.complete(asking("local:untrained")))
    asyncio.run(both.complete(asking("claude")))

    assert [r.model for r in here.requests] == ["local:untrained"]
    assert [r.model for r in cloud.requests] == ["claude"]


def test_costs_are_exact_and_unknown_where_no_price_is_known() -> None:
    prices, usage = load_prices(), Usage(input_tokens=1_000_000, output_tokens=2)

    assert prices.cost("local:untrained", usage) == 0.0
    assert prices.cost("claude-sonnet-4-5", usage) == 3.00003
    assert prices.cost("claude-sonnet-4-5-99990101", usage) is None


def test_a_long_request_costs_its_own_rate_from_the_first_token_on() -> None:
    prices = load_prices()

    assert prices.cost("claude-haiku-5-5", Usage(input_tokens=100_000, output_tokens=0)) == 0.01
    assert prices.cost("claude-haiku-5-5", Usage(input_tokens=100_001, output_tokens=1_000_000)) == 2.5500005


@pytest.mark.parametrize(
    "text", ["{}", "no", '{"as_of": "2026-01-01", "per_million": {"m": {"input": "x"}}}']
)
def test_a_broken_price_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BrokenPricesError, match=r"prices\.json"):
        load_prices(path)
    with pytest.raises(BrokenPricesError, match=r"prices\.json"):
        connect("local:", nothing, Limits(prices=path))


@pytest.mark.parametrize(
    ("code", "status", "said", "kind"),
    [
        ("ThrottlingException", 429, "", TransientError),
        ("ServiceUnavailableException", 503, "", TransientError),
        ("overloaded_error", 529, "", TransientError),
        ("InternalServerException", 500, "", LostReplyError),
        ("ModelTimeoutException", 408, "", LostReplyError),
        ("", 502, "", LostReplyError),
        ("ValidationException", 400, "input is too long", RefusedRequestError),
        ("ValidationException", 400, "The provided model identifier is invalid.", UnusableModelError),
        ("invalid_request_error", 400, "max_tokens: too large", RefusedRequestError),
        ("AccessDeniedException", 403, "secret words", UnusableModelError),
        ("ResourceNotFoundException", 404, "", UnusableModelError),
        ("ExpiredTokenException", 403, "", UnusableModelError),
        ("InvalidSignatureException", 403, "Signature expired: now", UnusableModelError),
        ("authentication_error", 401, "", UnusableModelError),
        ("Strange", 403, "", UnusableModelError),
        ("invalid_request_error", 400, "Your credit balance is too low to access", UnusableModelError),
        (
            "invalid_request_error",
            400,
            "You have reached your specified API usage limits.",
            UnusableModelError,
        ),
        ("invalid_request_error", 400, "This organization has been disabled.", UnusableModelError),
        ("ValidationException", 400, "Operation not allowed", UnusableModelError),
        ("invalid_request_error", 400, "max_tokens: 9000 > 8192, which is the maximum", TooMuchRoomError),
    ],
)
def test_a_refusal_is_told_by_its_code(code: str, status: int, said: str, kind: type[PipelineError]) -> None:
    found = failure("bedrock:x", "m", code=code, status=status, said=said, retry_after=2.0)

    assert type(found) is kind
    assert "secret words" not in str(found)
    assert not isinstance(found, TransientError) or (found.target, found.retry_after) == (
        "model:bedrock:x",
        2.0,
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0.5", 0.5), (None, None), ("Wed, 21 Oct", None), ("-1", None), ("nan", None)],
)
def test_retry_after_counts_where_it_gives_seconds(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header) == seconds


def test_a_stop_reason_that_is_new_is_no_complete_answer() -> None:
    assert read_stop(CONVERSE, "reached_enlightenment") is StopReason.UNKNOWN
    assert read_stop(CONVERSE, None) is StopReason.UNKNOWN


def test_who_would_exceed_a_quota_waits_and_other_models_do_not() -> None:
    async def scene() -> list[str]:
        scripted = ScriptedModel(lambda r: tool_reply("t", {}, model=r.model))
        limited = Limited(scripted, requests=2, tokens=None)
        waiting = [asyncio.create_task(limited.complete(asking("a", str(n)))) for n in range(3)]
        other = asyncio.create_task(limited.complete(asking("b")))
        await asyncio.wait([waiting[0], waiting[1], other])
        waiting[2].cancel()
        return [request.model for request in scripted.requests]

    assert asyncio.run(scene()) == ["a", "a", "b"]


def test_a_request_larger_than_a_minutes_tokens_is_asked_all_the_same() -> None:
    scripted = ScriptedModel(lambda r: tool_reply("t", {}, model=r.model))
    large = asking("a", "word " * 1000)

    asyncio.run(Limited(scripted, requests=None, tokens=100).complete(large))

    assert estimated_tokens(large) > 100
    assert scripted.requests == [large]


@pytest.mark.parametrize(
    "said",
    [
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
        "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
        "prompt is too long: 200049 tokens > 200000 maximum",
    ],
)
def test_a_document_that_is_too_long_is_told_however_the_endpoint_says_it(said: str) -> None:
    found = failure("bedrock:x", "m", code="ValidationException", status=400, said=said)

    assert isinstance(found, RefusedRequestError)
    assert found.reason == "model_request_too_long"


def test_a_model_of_short_answers_is_asked_for_as_much_as_it_has() -> None:
    said = "The maximum tokens you requested exceeds the model limit of 8192. Try again"

    def answered(request: ModelRequest) -> ModelReply:
        if request.max_tokens > 8192:
            raise failure("bedrock:x", "m", code="ValidationException", status=400, said=said)
        return tool_reply("t", {}, model=request.model)

    class Far(ScriptedModel):
        """Others are asked while it answers."""

        async def complete(self, request: ModelRequest) -> ModelReply:
            await asyncio.sleep(0)
            return await super().complete(request)

    scripted = Far(answered)
    limited = Limited(scripted, requests=None, tokens=None)

    async def scene() -> None:
        large = asking("m").model_copy(update={"max_tokens": 16_384})
        await asyncio.gather(limited.complete(large), limited.complete(large))
        await limited.complete(large)
        await limited.complete(asking("m"))

    asyncio.run(scene())
    assert sorted(request.max_tokens for request in scripted.requests) == [10, *3 * [8192], *2 * [16_384]]


def test_the_tools_of_a_request_count_towards_its_tokens() -> None:
    plain = asking("a")
    tool = Tool(name="t", description="so", input_schema={"title": "x" * 4000})

    more = estimated_tokens(plain.model_copy(update={"tools": (tool,)})) - estimated_tokens(plain)

    assert 1000 < more < 1100


def test_equal_requests_meet_equal_faults_in_whatever_order_they_arrive() -> None:
    requests = [asking("m", str(n)) for n in range(200)]
    there, back = (Plan(chances_of("all=0.5"), seed=3) for _ in range(2))

    forth = {r.digest: there.draw(r) for r in requests}

    assert {r.digest: back.draw(r) for r in reversed(requests)} == forth
    assert set(forth.values()) == {None, *Fault}
    assert there.met == back.met
    assert [there.draw(r) for r in requests] != list(forth.values())


def test_without_faults_nothing_goes_wrong() -> None:
    assert Plan({}).draw(asking("m")) is None


@pytest.mark.parametrize(
    "words", ["thunder=1", "hang", "hang=2", "hang=-0.1", "hang=0.7,slow=0.7", "hang=nan"]
)
def test_faults_that_make_no_sense_are_refused(words: str) -> None:
    with pytest.raises(UnknownFaultError):
        chances_of(words)


def test_a_changed_copy_of_a_request_has_a_digest_of_its_own() -> None:
    request = asking("m")
    again = request.model_copy(update={"sample_index": 1})

    assert len({request.digest, again.digest, request.model_copy().digest}) == 2
