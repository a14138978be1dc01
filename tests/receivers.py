"""Somebody who is told: a mail server and a web server on loopback that keep what they receive."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """What arrived, and how the receiver behaves.

    Attributes:
        status: What a web request is answered with.
        silent: Never answers.
        unwanted: Id of a notice that is no good request, whatever it says.
    """

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    silent: bool = False
    unwanted: str | None = None
    gone: threading.Event = field(default_factory=threading.Event)


@contextmanager
def mail_server() -> Iterator[Received]:
    """Take mail as a server does, one command a line."""
    received = Received()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 receiver")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self._say("354 go on")
                    received.mails.append(message_from_bytes(self._body()))
                    self._say("250 taken")
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 receiver")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def _body(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return b"".join(lines)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    with _serving(server, received):
        yield received


@contextmanager
def web_server() -> Iterator[Received]:
    """Take JSON by POST, and what an SNS client sends."""
    received = Received()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if received.silent:
                received.gone.wait()
                return
            json_sent = self.headers["Content-Type"] == "application/json"
            received.posts.append(json.loads(body) if json_sent else {"form": body.decode()})
            unwanted = received.unwanted is not None and received.posts[-1].get("id") == received.unwanted
            self.send_response(400 if unwanted else received.status)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>")
            self.wfile.write(b"</PublishResponse>")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (named by http.server)
            del format, args

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Talk), received):
        yield received


@contextmanager
def _serving(server: socketserver.TCPServer, received: Received) -> Iterator[None]:
    received.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        received.gone.set()
        server.shutdown()
        thread.join()
        server.server_close()
