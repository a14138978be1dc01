"""What ``doctrail ingest`` does: lists a bucket, and says what was announced and what was not."""

from __future__ import annotations

import sys
from datetime import datetime

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from app.patience import patient
from app.sources import open_buckets
from app.wiring import Doctrail
from ops.ingest import Synced, sync
from store.sources import parse_place


async def sync_bucket(doctrail: Doctrail, uri: str, since: datetime | None) -> Synced:
    """Submit what lies below ``uri`` and was not announced, showing progress on a terminal."""
    console = Console(file=sys.stderr, highlight=False)
    bar = Progress(
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with open_buckets(doctrail.settings) as buckets, bar:
        task = bar.add_task("listing", total=None)

        def show(done: Synced) -> None:
            bar.update(task, description=f"{done.listed} objects, {done.sent} submitted")

        return await sync(
            patient(doctrail.store),
            doctrail.bus,
            buckets,
            parse_place(uri),
            now=doctrail.now,
            max_bytes=doctrail.settings.max_bytes,
            since=since,
            progress=show,
        )
