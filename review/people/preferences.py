"""What each reviewer has set for himself; it is there wherever he logs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from review.queue.database import Database, Transaction
from review.queue.tables import preferences


class Preferences:
    """Settings of people, in the queue's own database.

    Args:
        database: The queue's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, reviewer_id: str) -> dict[str, Any]:
        """Return what somebody has set; empty where nothing is."""
        own = select(preferences.c.body).where(preferences.c.reviewer_id == reviewer_id)

        def find(tx: Transaction) -> dict[str, Any]:
            return dict(tx.connection.execute(own).scalar() or {})

        return await self._database.read("answer", find)

    async def keep(self, reviewer_id: str, body: Mapping[str, Any]) -> None:
        """Keep what somebody has set, in the place of what there was."""

        def work(tx: Transaction) -> None:
            made = tx.insert(preferences).values(reviewer_id=reviewer_id, body=dict(body), saved_at=tx.now)
            tx.connection.execute(
                made.on_conflict_do_update(
                    index_elements=["reviewer_id"],
                    set_={"body": made.excluded.body, "saved_at": made.excluded.saved_at},
                )
            )

        await self._database.write("keep settings", work)
