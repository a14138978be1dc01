"""What a command does when the store stumbles: the tries an agent would make, each told, and no more."""

from __future__ import annotations

import structlog

from bus.breaker import Breakers
from bus.retry import Retrier, RetrySettings
from bus.telemetry import CALL_RETRIED
from schemas.handling import Try
from store.protocol import ObjectStore
from store.retrying import RetryingStore

log = structlog.get_logger("app")


def patient(store: ObjectStore, settings: RetrySettings | None = None) -> ObjectStore:
    """Return ``store`` with every call tried again while it fails transiently, as agents try it.

    A command that does one thing for many documents must not end at the first answer that fails.

    Args:
        store: Whose calls.
        settings: How often, and after which waits.
    """
    calls = Retrier(settings or RetrySettings(), Breakers(), on_retry=_tell)
    return RetryingStore(store, calls)


def _tell(failed: Try) -> None:
    log.warning(
        CALL_RETRIED, call=failed.call, number=failed.number, waited=failed.waited, reason=failed.error
    )
