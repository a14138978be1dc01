"""What ``doctrail mcp load`` and ``serve`` do: knowledge published as snapshots, and served."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.engine import stopped_or
from app.knowledge import server_of
from app.printing import say
from app.settings import Settings
from app.wiring import Doctrail, installed_version
from mcp_servers.loading import Made, make, read_folder, servers_of
from mcp_servers.rag.files import Clause, keep_passages, unpack_corpus
from schemas.layout import Frozen
from store.knowledge import SLOT, Knowledge, live_knowledge, publish_knowledge, publish_part
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, MovedOnError, Registry, Statement
from store.releases import load_release, publish_release
from store.reviewed import reviewed_between

_FIRST, _LAST = date(2000, 1, 1), date(9999, 12, 31)


class PartLine(Frozen):
    """A snapshot as it is told of."""

    server: str
    digest: str
    size: int
    told: str
    left_out: tuple[str, ...] = ()


class Loaded(Frozen):
    """What loading knowledge did.

    Attributes:
        changed: Whether other knowledge is live than before.
        release: Digest of the release that has it; None where no release was live yet.
    """

    changed: bool
    release: str | None
    parts: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """What is loaded, by path."""

    files: Mapping[str, bytes]


def files_in(folder: Path | None, entities: int) -> Files:
    """Return the files of a folder, or of a business world that does not exist.

    Raises:
        BrokenKnowledgeError: The folder holds something else.
    """
    if folder is not None:
        return Files(read_folder(folder))
    from samples.knowledge import world

    return Files(world(entities))


async def load_knowledge(doctrail: Doctrail, files: Files, *, by: str) -> Loaded:
    """Publish files and the reviewed records of the training pool as snapshots, and make them live.

    What there are no files for stays as it was. Documents in flight keep their snapshots. What is the same as
    before is noted all the same: it still holds.

    Raises:
        BrokenKnowledgeError: A file can't be used; nothing was published.
        MovedOnError: Somebody else loaded knowledge meanwhile; theirs is live.
    """
    store = doctrail.store
    registry = Registry(store)
    standing, before = await registry.live(SLOT), await live_knowledge(store, registry)
    passages = await keep_passages(store, await reviewed_between(store, _FIRST, _LAST))
    given = servers_of(files.files)
    clauses = await _clauses(store, before) if "rag" not in given else ()
    made = await asyncio.to_thread(make, files.files, passages, standing=clauses)
    parts = {name: await publish_part(store, name, one.data) for name, one in made.items()}
    _fill_database(doctrail.settings, made, parts)
    told = {name: one.told for name, one in made.items()}
    knowledge = Knowledge(parts={**before.parts, **parts}, told={**before.told, **told})
    known = {name: part.sha256 for name, part in before.parts.items()}
    changed = {name for name, part in parts.items() if part.sha256 != known.get(name)}
    if loaded := changed | given:
        digest = await publish_knowledge(store, knowledge)
        said = Statement(
            at=doctrail.now(),
            what=digest,
            mark="approved",
            by=by,
            evidence=tuple(sorted(parts[name].sha256 for name in loaded)),
        )
        # Upon what stood before, or what another loads at this moment would be lost.
        await registry.append(SLOT, said, after=standing)
    release = await _released(doctrail, registry, knowledge, by=by)
    return Loaded(changed=bool(changed), release=release, parts=_lines(knowledge, made))


async def _clauses(store: ObjectStore, knowledge: Knowledge) -> Sequence[Clause]:
    """Return the clauses of a set, which stay where no others are loaded."""
    part = knowledge.parts.get("rag")
    return unpack_corpus(await store.read(part))[0] if part else ()


async def _released(doctrail: Doctrail, registry: Registry, knowledge: Knowledge, *, by: str) -> str | None:
    """Make the live release one that has this knowledge, and return its digest."""
    while True:
        try:
            return await _appended(doctrail, registry, knowledge, by=by)
        except MovedOnError:
            # A promotion meanwhile: its release is to have the knowledge, not to give way to the one before.
            continue


async def _appended(doctrail: Doctrail, registry: Registry, knowledge: Knowledge, *, by: str) -> str | None:
    live = await registry.live(RELEASE_SLOT)
    if live is None:
        return None
    release = await load_release(doctrail.store, live.statement.what)
    if {n: p.sha256 for n, p in release.knowledge.items()} == {
        n: p.sha256 for n, p in knowledge.parts.items()
    }:
        return live.statement.what
    digest, _ = await publish_release(
        doctrail.store, release.model_copy(update={"knowledge": knowledge.parts})
    )
    # What the folders made has this knowledge from now on too, or the next look at them publishes it again.
    own = await load_release(doctrail.store, live.statement.folders or live.statement.what)
    folders, _ = await publish_release(doctrail.store, own.model_copy(update={"knowledge": knowledge.parts}))
    said = Statement(
        at=doctrail.now(),
        what=digest,
        mark=live.statement.mark,
        by=by,
        comment="knowledge",
        folders=folders,
    )
    await registry.append(RELEASE_SLOT, said, after=live)
    return digest


def _fill_database(settings: Settings, made: Mapping[str, Made], parts: Mapping[str, Any]) -> None:
    """Write master data into the database they are asked from, where one is set."""
    if settings.mcp_database_url is None or "db" not in made:
        return
    from mcp_servers.db.tables import database, fill

    engine = database(settings.mcp_database_url.get_secret_value())
    try:
        fill(engine, made["db"].data, parts["db"].sha256)
    finally:
        engine.dispose()


def _lines(knowledge: Knowledge, made: Mapping[str, Made]) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(
            server=name,
            digest=part.sha256,
            size=part.size,
            told=knowledge.told.get(name, ""),
            left_out=made[name].left_out if name in made else (),
        )
        for name, part in sorted(knowledge.parts.items())
    )


async def known(store: ObjectStore) -> tuple[PartLine, ...]:
    """Return the snapshots that are live."""
    return _lines(await live_knowledge(store, Registry(store)), {})


async def serve_knowledge(
    name: str, settings: Settings, objects: ObjectStore, *, host: str, port: int, stdio: bool
) -> None:
    """Serve one of the three servers until the operator asks to stop.

    Raises:
        UnprotectedServerError: Other machines reach ``host`` and no token is set.
        AddressTakenError: The address can't be listened on.
    """
    from inference.serve.running import answering
    from mcp_servers.serving import PATH, http_app

    server = server_of(name, settings, objects, installed_version())
    if stdio:
        await server.run_stdio_async()
        return
    token = settings.mcp_token.get_secret_value() if settings.mcp_token else None
    known_as = [part.strip() for part in settings.mcp_hosts.split(",") if part.strip()]
    app = http_app(server, host=host, token=token, known_as=known_as)
    async with answering(app, host=host, port=port, lifespan="on") as serving:
        url = f"http://{serving.address}{PATH}"
        where = f"{name} answers at {url}", f"DOCTRAIL_MCP_{name.upper()}_URL={url}"
        await stopped_or(serving.ended(), lambda: say(*where))
