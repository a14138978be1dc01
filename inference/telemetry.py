"""Spans and metrics of calls to models and tools, named by OpenTelemetry's GenAI conventions.

They go to whatever the process exports to; where it exports nothing, the calls below do nothing.
No prompt, no answer and no argument is in them: those are in the trail, under the document.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from inference.protocol import ModelReply, ModelRequest

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
RESPONSE_MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
DIRECTION: Final = "gen_ai.token.type"
TOOL_NAME: Final = "gen_ai.tool.name"
ERROR_TYPE: Final = "error.type"
REQUEST_DIGEST: Final = "doctrail.request.digest"

USAGE: Final = "gen_ai.client.token.usage"
OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
COST: Final = "doctrail.model.cost"

CHAT: Final = "chat"
EXECUTE_TOOL: Final = "execute_tool"

_PROVIDERS = (("anthropic+bedrock", "aws.bedrock"), ("bedrock", "aws.bedrock"), ("anthropic", "anthropic"))

_tracer = trace.get_tracer("doctrail.inference")
_meter = metrics.get_meter("doctrail.inference")
_tokens = _meter.create_histogram(
    USAGE,
    "{token}",
    "Tokens of a call",
    explicit_bucket_boundaries_advisory=[4.0**power for power in range(14)],
)
_seconds = _meter.create_histogram(
    OPERATION_DURATION,
    "s",
    "Time a call took",
    explicit_bucket_boundaries_advisory=[0.01 * 2.0**power for power in range(14)],
)
_cost = _meter.create_counter(COST, "USD", "What calls cost, where the price is known")


@dataclass(slots=True)
class Call:
    """A call under way; ``answered`` is told of its reply."""

    span: Span
    about: dict[str, str]

    def answered(self, reply: ModelReply) -> None:
        """Note what a reply took and cost."""
        usage = reply.usage
        self.about[RESPONSE_MODEL] = reply.model
        self.span.set_attributes(
            {
                RESPONSE_MODEL: reply.model,
                FINISH_REASONS: [reply.stop_reason.value],
                INPUT_TOKENS: usage.input_tokens,
                OUTPUT_TOKENS: usage.output_tokens,
            }
        )
        _tokens.record(usage.input_tokens, self.about | {DIRECTION: "input"})
        _tokens.record(usage.output_tokens, self.about | {DIRECTION: "output"})
        if reply.cost is not None:
            _cost.add(reply.cost, self.about)


@contextmanager
def calling(request: ModelRequest, endpoint: str) -> Iterator[Call]:
    """A span around one call that really goes to ``endpoint``; one more for each further try."""
    about = {OPERATION: CHAT, PROVIDER: provider_of(endpoint), REQUEST_MODEL: request.model}
    started = time.perf_counter()
    with _tracer.start_as_current_span(
        f"{CHAT} {request.model}",
        kind=SpanKind.CLIENT,
        attributes={**about, REQUEST_MAX_TOKENS: request.max_tokens, REQUEST_DIGEST: request.digest},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        call = Call(span, about)
        try:
            yield call
        except Exception as error:
            about[ERROR_TYPE] = type(error).__name__
            span.set_attribute(ERROR_TYPE, about[ERROR_TYPE])
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            _seconds.record(time.perf_counter() - started, about)


@contextmanager
def using_tool(name: str, tracer: Tracer = _tracer) -> Iterator[None]:
    """A span around the use of a tool."""
    with tracer.start_as_current_span(
        f"{EXECUTE_TOOL} {name}",
        kind=SpanKind.INTERNAL,
        attributes={OPERATION: EXECUTE_TOOL, TOOL_NAME: name},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute(ERROR_TYPE, type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def provider_of(endpoint: str) -> str:
    """Return the conventions' name of whoever runs ``endpoint``."""
    return next((name for start, name in _PROVIDERS if endpoint.startswith(start)), "local")
