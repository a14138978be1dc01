"""Whether these credentials may do something in a store, asked without leaving anything there."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from store.actions import ABORT, DELETE, LIST, PUT
from store.sources import SCHEME, parse_place


class Rights(Protocol):
    """What one identity may do in one place."""

    @property
    def identity(self) -> str:
        """Who asks, without any secret."""
        ...

    async def may(self, action: str, folder: str) -> bool | None:
        """Whether ``action`` is granted below ``folder``, in which ``*`` stands for any name.

        None where something else that is denied keeps the answer hidden.

        Raises:
            TransientError: The store does not answer.
            StoreDeniedError: There are no credentials at all.
        """
        ...

    def resource(self, action: str, folder: str) -> str:
        """Return what the action is about, as the store names it."""
        ...


def rights_in(*urls: str) -> list[Rights]:
    """Return the rights in the stores and foreign prefixes at ``urls``; buckets share a client."""
    if any(url.startswith(SCHEME) for url in urls):
        from store.s3_client import Clients
        from store.s3_rights import BucketRights

        clients = Clients()
        return [
            BucketRights(parse_place(url), clients) if url.startswith(SCHEME) else _folder(url)
            for url in urls
        ]
    return [_folder(url) for url in urls]


def _folder(url: str) -> FolderRights:
    return FolderRights(Path(unquote(url.removeprefix("file://"))).absolute())


@dataclass(frozen=True, slots=True)
class FolderRights:
    """What the user of this process may do in a folder; what does not exist yet is asked of its parent."""

    root: Path

    @property
    def identity(self) -> str:
        """Who asks."""
        return f"user {os.geteuid()}"

    async def may(self, action: str, folder: str) -> bool | None:
        """Whether ``action`` is granted below ``folder``."""
        wanted = os.W_OK | os.X_OK if action in (PUT, DELETE, ABORT) else os.R_OK | os.X_OK
        return await asyncio.to_thread(lambda: os.access(self._standing(folder), wanted, effective_ids=True))

    def resource(self, action: str, folder: str) -> str:
        """Return the folder."""
        return str(self.root if action == LIST else self.root / folder)

    def _standing(self, folder: str) -> Path:
        path = self.root / folder.partition("/*")[0]
        return next(place for place in (path, *path.parents) if place.exists())
