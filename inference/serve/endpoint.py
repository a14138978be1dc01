"""The endpoint itself: Converse, InvokeModel with a Messages body, and Messages, on one model."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from inference.protocol import ModelClient, ModelReply, ModelRequest
from inference.serve.answers import No, Refusal, Wire
from inference.serve.faults import BAD_REPLIES, Fault, Plan, spoiled
from inference.serve.signature import Asked, Keys, require_known
from inference.wire import converse, messages
from inference.wire.errors import WireError, require_object
from schemas.errors import MissingObjectError, PermanentError, TransientError

log = structlog.get_logger("inference")

_BREAKING = (Fault.RESET, Fault.TRUNCATED)
MAX_BODY = 25_000_000
"""Bytes of a request, as Bedrock has it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Answers models' clients with ``client``.

    Attributes:
        keys: What clients must prove.
        plan: What goes wrong.
        now: The clock that signatures are held against.
    """

    client: ModelClient
    keys: Keys
    plan: Plan
    now: Callable[[], datetime]

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/model/{model:path}/converse", self._on(Wire.CONVERSE), methods=["POST"]),
                Route("/model/{model:path}/invoke", self._on(Wire.INVOKE), methods=["POST"]),
                Route("/v1/messages", self._on(Wire.MESSAGES), methods=["POST"]),
                Route("/healthz", _healthy, methods=["GET"]),
            ]
        )

    def _on(self, wire: Wire) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            request_id = str(uuid.uuid4())
            try:
                return await self._answer(request, wire, request_id)
            except No as no:
                log.info("model.refused", wire=wire.value, code=no.code)
                return Refusal(no, wire, request_id).response()

        return handle

    async def _answer(self, request: Request, wire: Wire, request_id: str) -> Response:
        started = time.perf_counter()
        body = await _body(request)
        require_known(_asked(request, body), self.keys, self.now())
        asked = _read(wire, request.path_params.get("model"), body)
        fault = self.plan.draw(asked)
        if fault is not None:
            log.info("model.fault", wire=wire.value, request=asked.digest, fault=fault)
            await self._fail_before(fault, request)
        reply = await self._complete(asked)
        # Who hung up meanwhile got nothing, whatever is written now.
        what = "model.hung_up" if await request.is_disconnected() else "model.answered"
        log.info(what, wire=wire.value, request=asked.digest, broken=fault in _BREAKING)
        if fault in BAD_REPLIES:
            reply = spoiled(reply, fault)
        written = _write(wire, reply, request_id, round((time.perf_counter() - started) * 1000))
        if fault in _BREAKING:
            return _Broken(written, drop=fault is Fault.RESET)
        named = "request-id" if wire is Wire.MESSAGES else "x-amzn-requestid"
        return JSONResponse(written, headers={named: request_id})

    async def _fail_before(self, fault: Fault, request: Request) -> None:
        match fault:
            case Fault.THROTTLE:
                raise No("ThrottlingException", "Too many requests, please wait before trying again.")
            case Fault.THROTTLE_HINTED:
                raise No(
                    "ThrottlingException",
                    "Too many requests, please wait before trying again.",
                    retry_after=self.plan.hint_seconds,
                )
            case Fault.ERROR:
                raise No("InternalServerException", "The system encountered an unexpected error.")
            case Fault.UNAVAILABLE:
                raise No("ServiceUnavailableException", "The service is temporarily unable to answer.")
            case Fault.SLOW:
                await asyncio.sleep(self.plan.slow_seconds)
            case Fault.HANG:
                await _hang(request, self.plan.hang_seconds)
            case _:
                pass

    async def _complete(self, request: ModelRequest) -> ModelReply:
        try:
            return await self.client.complete(request)
        except MissingObjectError as error:
            raise No("ResourceNotFoundException", f"There is no model {request.model!r}.") from error
        except PermanentError as error:
            raise No("ValidationException", str(error)) from error
        except TransientError as error:
            raise No("ServiceUnavailableException", str(error)) from error


class _Broken(Response):
    """An answer that is cut off: in the middle of its JSON, or in the middle of its bytes."""

    def __init__(self, content: dict[str, Any], *, drop: bool) -> None:
        whole = json.dumps(content).encode()
        super().__init__(whole[: len(whole) // 2], media_type="application/json")
        self._drop = drop
        if drop:
            self.headers["content-length"] = str(len(whole))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._drop:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        # An answer that never ends: the server drops the connection.
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _hang(request: Request, seconds: float) -> None:
    """Answer nothing until the client leaves, or for so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    raise No("ModelTimeoutException", "The request took too long to process.")


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise No("RequestEntityTooLargeException", f"The request is larger than {MAX_BODY} bytes.")
        parts.append(part)
    return b"".join(parts)


def _asked(request: Request, body: bytes) -> Asked:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return Asked(
        method=request.method,
        path=raw.partition(b"?")[0].decode("ascii", "replace"),
        query=request.url.query,
        headers=dict(request.headers),
        body=body,
    )


def _read(wire: Wire, model: str | None, body: bytes) -> ModelRequest:
    try:
        content = require_object(json.loads(body), "the body")
        if wire is Wire.CONVERSE:
            return converse.read_request(model or "", content)
        return messages.read_request(model, content)
    except WireError as error:
        raise No("ValidationException", str(error)) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise No("ValidationException", f"{place}: {first['msg']}") from error
    except ValueError as error:
        raise No("SerializationException", "The body is no JSON.") from error


def _write(wire: Wire, reply: ModelReply, request_id: str, latency_ms: int) -> dict[str, Any]:
    if wire is Wire.CONVERSE:
        return converse.write_reply(reply, latency_ms)
    return messages.write_reply(reply, f"msg_{request_id}")
