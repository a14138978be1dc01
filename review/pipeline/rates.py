"""Audit rates that nightly checks raised: a message is drawn by the rate that held at its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from schemas.layout import Unit
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

STANDS = timedelta(days=3)
"""How long a raised rate holds without a night that says so again."""
_LOOKED = timedelta(minutes=1)


class RaisedRate(Sealed):
    """The least share of records that is audited from ``at`` on; 0: what is configured is enough."""

    at: AwareDatetime
    rate: Unit


async def raise_rate(store: ObjectStore, raised: RaisedRate) -> RaisedRate:
    """Keep the rate of a day, create-once, and return what stands: a redelivery draws by the same one."""
    key = keys.audit_rate(raised.at.date().isoformat())
    return parse((await store.create(key, seal(raised))).data, RaisedRate, key)


class Rates:
    """Knows the raised rate of a moment, and looks again for newer ones at most once a minute.

    Args:
        store: Where they lie.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._known: dict[str, RaisedRate] = {}
        self._looked: datetime | None = None

    async def at(self, moment: datetime) -> float:
        """Return the least share of records that is audited of what came at ``moment``."""
        if self._looked is None or moment - self._looked >= _LOOKED:
            self._looked = moment
            await self._look()
        standing = [one for one in self._known.values() if one.at <= moment < one.at + STANDS]
        return max(standing, key=lambda one: one.at).rate if standing else 0.0

    async def _look(self) -> None:
        async for key in self._store.list(keys.AUDIT_RATES):
            if key not in self._known:
                data = await self._store.fetch(key)
                if data is not None:
                    self._known[key] = parse(data, RaisedRate, key)
