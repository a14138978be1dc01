"""What every Kafka client of ours is told, and what its errors mean to us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from bus.kafka_address import KafkaAddress, tls_context
from bus.protocol import BusError
from schemas.errors import PipelineError, TransientError

BACKOFF = 0.1
"""Seconds before a call that met a passing trouble is made again."""

PARTING_SECONDS = 1.0
"""Longest wait for the other side to take leave."""

TOKEN_SECONDS = 20.0
"""Longest time that the command for a token may take."""


class TokenCommand(AbstractTokenProvider):  # type: ignore[misc]  # the library has no types
    """Tokens from a program of the operator's: one run per connection, so that none is stale."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command

    async def token(self) -> str:
        """Return what the program prints.

        Raises:
            KafkaError: It fails or takes too long; what it printed is not repeated.
        """
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(TOKEN_SECONDS):
                printed, _ = await process.communicate()
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise KafkaError(f"{self._command[0]!r} printed no token in {TOKEN_SECONDS:g} s") from error
        if process.returncode or not printed.strip():
            raise KafkaError(f"{self._command[0]!r} printed no token (exit code {process.returncode})")
        return printed.decode().strip()


def client_arguments(address: KafkaAddress) -> dict[str, Any]:
    """Return the arguments that consumer, producer and all other clients share."""
    return {**_wire_arguments(address), "bootstrap_servers": list(address.servers)}


def _wire_arguments(address: KafkaAddress) -> dict[str, Any]:
    options = address.options
    arguments: dict[str, Any] = {
        "client_id": "doctrail",
        "request_timeout_ms": int(options.patience * 1000),
        "security_protocol": address.protocol,
        "ssl_context": tls_context(address),
    }
    if options.mechanism is not None:
        arguments["sasl_mechanism"] = options.mechanism
        arguments["sasl_plain_username"] = options.user
        arguments["sasl_plain_password"] = options.password
    if options.mechanism == "OAUTHBEARER":
        arguments["sasl_oauth_token_provider"] = TokenCommand(options.token_command)
    return arguments


@asynccontextmanager
async def entering(address: KafkaAddress) -> AsyncIterator[None]:
    """Say why the cluster can't be entered, where the block fails to connect.

    Raises:
        TransientError: No broker answers.
        BusError: One does, but not to these credentials or not in this way.
    """
    try:
        yield
    except KafkaError as error:
        raise await _diagnosis(address, error) from error


async def _diagnosis(address: KafkaAddress, error: KafkaError) -> PipelineError:
    """Return what is in the way: the library logs the reason and raises another one."""
    host, _, port = address.servers[0].rpartition(":")
    connection = AIOKafkaConnection(host, int(port), **_wire_arguments(address))
    try:
        await connection.connect()
    except (AuthenticationFailedError, SaslAuthenticationFailed, UnsupportedSaslMechanismError) as refused:
        return BusError(
            f"bus {address} does not let user {address.options.user!r} in by "
            f"{address.options.mechanism}: {reason(refused)}"
        )
    except (OSError, KafkaError) as failed:
        return TransientError(f"bus {address} did not answer: {reason(failed)}", target="bus")
    finally:
        if (closed := connection.close()) is not None:
            await asyncio.wait([closed], timeout=PARTING_SECONDS)
    return unanswered(address, "connect", error)


def unanswered(address: KafkaAddress, doing: str, error: BaseException | None = None) -> TransientError:
    """Return the error of a call that may succeed later."""
    why = f" ({reason(error)})" if error is not None else ""
    return TransientError(f"bus {address} did not {doing}{why}", target="bus")


def reason(error: BaseException) -> str:
    """Return what an error says of itself, on one line."""
    told = " ".join(str(error).split())
    return told or type(error).__name__
