"""What ``doctrail backup`` and ``doctrail restore`` do."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.printing import say
from app.reviewing import open_queue
from app.wiring import Doctrail, installed_version
from ops.backup.restoring import check, restore
from ops.backup.saving import save
from ops.words import several
from store.files import make_folder


async def backup_to(doctrail: Doctrail, folder: Path) -> None:
    """Back everything up.

    Raises:
        BackupError: A backup lies there already.
        FileNotWrittenError: The folder can't be made.
    """
    make_folder(folder, private=True)
    async with open_queue(doctrail.settings) as queue:
        manifest = await save(
            doctrail.store, doctrail.bus, queue, folder, now=doctrail.now(), version=installed_version()
        )
    say(
        f"{several(manifest.objects, 'object')} ({manifest.object_bytes / 1e6:.1f} MB), "
        f"{several(manifest.review_rows, 'row')} of the review queue, "
        f"{several(manifest.unfinished, 'message')} of topics that agents lag behind in",
        f"the backup is in {folder}; it holds documents and hashes of passwords, and nothing of .env",
    )


async def restore_from(doctrail: Doctrail, folder: Path) -> None:
    """Bring everything back.

    Raises:
        BackupError: The backup is damaged, or the installation is not empty.
    """
    async with open_queue(doctrail.settings) as queue:
        manifest, rebuilt = await restore(doctrail.store, doctrail.bus, queue, doctrail.catalog, folder)
    say(
        f"restored the backup of {manifest.at:%Y-%m-%d %H:%M} UTC: {several(manifest.objects, 'object')}, "
        f"{several(manifest.review_rows, 'row')} of the review queue, "
        f"{several(rebuilt.documents, 'document')} in the catalog, "
        f"{several(manifest.unfinished, 'message')} sent again",
        *(
            [f"{several(rebuilt.removed, 'row')} of the catalog removed: the backup knows nothing of them"]
            if rebuilt.removed
            else []
        ),
        *(f"problem: {problem}" for problem in rebuilt.problems),
    )


async def check_backup(folder: Path) -> None:
    """Say whether every byte of a backup is as it was written.

    Raises:
        BackupError: It is not.
    """
    manifest, held = await asyncio.to_thread(check, folder)
    say(f"whole: {several(len(held), 'object')} of {manifest.at:%Y-%m-%d %H:%M} UTC")
