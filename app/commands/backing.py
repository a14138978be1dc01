"""``doctrail backup`` and ``doctrail restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.session import settings, with_doctrail

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("backup", rich_help_panel=panel)(backup)
    app.command("restore", rich_help_panel=panel)(restore)


def backup(
    folder: Folder,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing: look whether it is whole.")] = False,
) -> None:
    """Write everything into a folder while agents work: objects, the review queue, unfinished messages.

    Example: doctrail backup /backups/2026-11-21

    Example: doctrail backup /backups/2026-11-21 --check
    """
    from app.actions.backup import backup_to, check_backup

    if check:
        import asyncio

        asyncio.run(check_backup(folder))
        return
    with_doctrail(lambda doctrail: backup_to(doctrail, folder))


def restore(folder: Folder) -> None:
    """Bring a backup back into an empty installation: objects, reviews, the catalog, unfinished messages.

    Name the empty one by its variables: DOCTRAIL_HOME=.restored, or the four URLs. Bucket, topics and tables
    are made where they are missing; doctrail init comes afterwards, because it makes a release live.

    Example: doctrail restore /backups/2026-11-21
    """
    import asyncio

    from app.actions.backup import restore_from
    from app.actions.init import make_places

    asyncio.run(make_places(settings()))
    with_doctrail(lambda doctrail: restore_from(doctrail, folder), makes_home=True)
