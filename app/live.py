"""Which release is live: the registry says so; embedded, an edited type folder becomes one by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Literal

import structlog

from app.folders import Fingerprint, Parts, Shared, TypeFoldersError, fingerprint, load_parts, router_table
from doctypes.folder import TypeFolder
from schemas.canonical import canonical_json
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from store.bundles import publish_bundle, publish_model
from store.knowledge import SLOT as KNOWLEDGE_SLOT
from store.knowledge import live_knowledge
from store.lineages import keep_taught
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, MovedOnError, Registry, RegistryEntry, Statement
from store.releases import Release, load_release, publish_release

log = structlog.get_logger("app")


class NothingLiveError(PermanentError):
    """No release is live, and nobody publishes one here by itself."""

    def __init__(self) -> None:
        super().__init__(
            "no release is live yet; publish the document types: doctrail init, or doctrail types publish",
            reason="nothing_live",
        )


class FolderReleases:
    """The live release of an installation; embedded, it is kept in step with its folders.

    There an edit is published at the next submission, marked ``dev``; one that fails the key check is
    reported and not published, and documents in flight keep their release. Scaled out, where every
    process has folders of its own, only the registry says what is live.

    Args:
        follows: Whether edits are published by themselves.
        on_problem: Told of what can't be published.
    """

    def __init__(
        self,
        store: ObjectStore,
        parts: Parts,
        on_problem: Callable[[str], None] | None = None,
        *,
        follows: bool = True,
    ) -> None:
        self._store = store
        self._parts = parts
        self._follows = follows
        self._registry = Registry(store)
        self._lock = asyncio.Lock()
        self._begun = self._looked = 0
        self._seen: Fingerprint | None = None
        self._digest: str | None = None
        self._on_problem = on_problem or (lambda sentence: log.error("types.not_published", problem=sentence))

    async def digest(self, now: datetime) -> str:
        """Return the digest of the live release; embedded, edited folders are published first.

        Raises:
            TypeFoldersError: Nothing is live yet and the folders can't be published.
            NothingLiveError: Nothing is live yet and edits are not published by themselves.
        """
        if not self._follows:
            return await self._registered()
        begun = self._begun
        async with self._lock:
            # A look that began after this submission came in serves all who waited for it.
            if self._digest is None or self._looked <= begun:
                self._begun += 1
                seen = await self._fingerprint()
                if self._digest is None or seen != self._seen:
                    self._digest = await self._follow(now)
                    self._seen = seen
                else:
                    # Nothing was edited, but somebody may have promoted a variant or revoked a certificate.
                    self._digest = await self._registered()
                self._looked = self._begun
            return self._digest

    async def publish(
        self, now: datetime, *, by: str, mark: Literal["dev", "approved"]
    ) -> tuple[str, Release]:
        """Publish the folders as the live release and return it.

        Raises:
            TypeFoldersError: A folder is broken or its keys disagree.
        """
        folders, shared = await asyncio.to_thread(load_parts, self._parts)
        made, own = await publish_release(self._store, await self._release(folders, shared))
        while True:
            current = await self._registry.live(RELEASE_SLOT)
            release = await self._beside_promotions(own, current)
            digest, _ = await publish_release(self._store, release)
            stands = current is not None and (current.statement.what, _folders(current)) == (digest, made)
            if current is not None and stands and (mark == "dev" or current.statement.mark == "approved"):
                return digest, release
            statement = Statement(at=now, what=digest, mark=mark, by=by, folders=made)
            with suppress(MovedOnError):
                # Whoever was promoted meanwhile stays; the edit is laid beside that once more.
                await self._registry.append(RELEASE_SLOT, statement, after=current)
                log.info("release.published", release=digest, mark=mark, types=sorted(release.bundles))
                return digest, release

    async def _beside_promotions(self, own: Release, current: RegistryEntry | None) -> Release:
        """Return what the folders make, but for types that were promoted and not edited since."""
        if current is None:
            return own
        live = await load_release(self._store, current.statement.what)
        before = await load_release(self._store, _folders(current))
        kept = {
            name: live.bundles[name]
            for name, bundle in own.bundles.items()
            if name in live.bundles and before.bundles.get(name) == bundle
        }
        bundles = {**own.bundles, **kept}
        revoked = tuple(
            one
            for one in live.revoked
            if one.doc_type in bundles and bundles[one.doc_type].digest == one.bundle
        )
        return own.model_copy(update={"bundles": bundles, "revoked": revoked})

    async def _fingerprint(self) -> Fingerprint:
        """Return what tells whether the release must be made anew: files, and the knowledge that is live."""
        knowledge = await self._registry.live(KNOWLEDGE_SLOT)
        files = await asyncio.to_thread(fingerprint, self._parts)
        return (*files, (knowledge.statement.what if knowledge else "", 0, 0))

    async def _registered(self) -> str:
        current = await self._registry.live(RELEASE_SLOT)
        if current is None:
            raise NothingLiveError
        return current.statement.what

    async def _follow(self, now: datetime) -> str:
        try:
            return (await self.publish(now, by="doctrail", mark="dev"))[0]
        except TypeFoldersError as error:
            current = await self._registry.live(RELEASE_SLOT)
            if current is None:
                raise
            for problem in error.problems:
                self._on_problem(problem)
            return current.statement.what

    async def _release(self, folders: list[TypeFolder], shared: Shared) -> Release:
        bundles = {
            folder.doc_type.name: await publish_bundle(self._store, folder.doc_type.name, folder.parts)
            for folder in folders
        }
        for folder in folders:
            if "model" in folder.parts:
                # The local model finds a variant by its digest alone.
                model = await publish_model(self._store, folder.parts["model"])
                await self._keep_lineage(folder, model.sha256)
        return Release(
            bundles=bundles,
            classifier=await publish_model(self._store, shared["classifier"]["model"]),
            classifier_thresholds=await publish_model(self._store, shared["classifier"]["thresholds.json"]),
            splitter=await publish_model(self._store, shared["splitter"]["model"]),
            splitter_thresholds=await publish_model(self._store, shared["splitter"]["thresholds.json"]),
            router=await self._router(),
            knowledge=(await live_knowledge(self._store, self._registry)).parts,
            accept_generated_certificates=self._parts.accept_generated,
            min_quality=self._parts.min_quality,
        )

    async def _keep_lineage(self, folder: TypeFolder, model: str) -> None:
        if folder.lineage is not None and not await keep_taught(self._store, folder.lineage, model):
            log.warning("lineage.of_another_model", type=folder.doc_type.name, model=model)

    async def _router(self) -> ObjectRef | None:
        table = await asyncio.to_thread(router_table, self._parts)
        return None if table is None else await publish_model(self._store, canonical_json(table))


def _folders(entry: RegistryEntry) -> str:
    """Return the digest of what the folders made when this became live."""
    return entry.statement.folders or entry.statement.what
