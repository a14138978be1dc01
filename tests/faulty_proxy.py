"""A server in front of another that answers badly when told to: a double of an S3 that is in trouble."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Literal, Self

Fault = Literal["none", "slow", "unavailable", "skewed", "silent", "cut request", "cut answer", "lost answer"]
SLOW_SECONDS = 2.0

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNK = 65536
_REFUSAL = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_SKEWED = b"<Error><Code>RequestTimeTooSkewed</Code><Message>The clocks differ.</Message></Error>"


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/xml\r\nConnection: close\r\n" % status
    return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


_ANSWERS: dict[Fault, bytes] = {
    "unavailable": _answer(b"503 Slow Down", _REFUSAL),
    "skewed": _answer(b"403 Forbidden", _SKEWED),
}


class FaultyProxy:
    """Passes requests on, one a connection; each takes the next planned fault, or ``always``.

    Attributes:
        faults: Of the next requests, in order.
        always: Of all requests after those.
        methods: The method of every request that came.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._closing = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self.faults: deque[Fault] = deque()
        self.always: Fault = "none"
        self.methods: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, limit=_CHUNK)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closing.set()
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def next_fault(self) -> Fault:
        """Return what happens to the request that came now."""
        return self.faults.popleft() if self.faults else self.always

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(_HEAD_END)
            self.methods.append(head.partition(b" ")[0].decode())
            fault = self.next_fault()
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if fault == "silent":
                await self._closing.wait()
            elif fault == "slow":
                await asyncio.sleep(SLOW_SECONDS)
                await self._pass_on(reader, writer, head, length, fault)
            elif fault in _ANSWERS:
                await reader.readexactly(length)
                head, separator, body = _ANSWERS[fault].partition(_HEAD_END)
                writer.write(head + separator + (b"" if self.methods[-1] == "HEAD" else body))
                await writer.drain()
            else:
                await self._pass_on(reader, writer, head, length, fault)
        except (asyncio.IncompleteReadError, ConnectionError):
            # Whoever asked went away, as clients of a bad server do.
            return
        finally:
            await _closed(writer)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        head: bytes,
        length: int,
        fault: Fault,
    ) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            to_server.write(head.replace(_HEAD_END, b"\r\nConnection: close" + _HEAD_END))
            left = length // 2 if fault == "cut request" else length
            while left and (chunk := await reader.read(min(left, _CHUNK))):
                to_server.write(chunk)
                await to_server.drain()
                left -= len(chunk)
            if fault == "cut request":
                return
            answer = await from_server.read()
            if fault == "lost answer":
                return
            writer.write(answer[: len(answer) - 5] if fault == "cut answer" else answer)
            await writer.drain()
        finally:
            await _closed(to_server)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except asyncio.CancelledError:
        # A client that takes nothing any more keeps no test waiting.
        writer.transport.abort()
        raise
    except OSError:
        return
