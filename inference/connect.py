"""From one URL to whoever answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from inference.protocol import ModelClient
from schemas.errors import PermanentError

KNOWN = ("local:",)


class UnknownModelUrlError(PermanentError):
    """The model URL names no adapter we have; set DOCTRAIL_MODEL_URL to one that is known."""


def connect(url: str, load: Callable[[str], Awaitable[bytes]]) -> ModelClient:
    """Return the model client that ``url`` stands for; nothing is connected yet.

    Args:
        url: The scheme selects the adapter.
        load: Returns the bytes of the local variant with a given sha-256.

    Raises:
        UnknownModelUrlError: No adapter has this scheme.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "local" and colon and not rest.strip("/"):
        from inference.local import LocalModel

        return LocalModel(load)
    raise UnknownModelUrlError(
        f"model URL {scheme + colon!r} is not known; known are {', '.join(KNOWN)}", reason="model_url"
    )
