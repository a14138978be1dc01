"""From what an operator types to a document: an id, a unique prefix of one, or a submitted file's path."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from bus.dead_letters import DeadLetterObject
from catalog.database import Catalog
from catalog.resolve import Match, resolve
from ops.naming import WITHIN, part_named
from ops.words import minute, shown
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store import keys, ops_keys
from store.children import load_origin
from store.erasures import Erasure, erasures, is_there
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import RunManifest
from store.sources import SCHEME
from store.submissions import load_submission, overwritten

MOST_NAMED = 10
"""Candidates named in an error."""

_SHA256 = re.compile("[0-9a-f]{64}")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PREFIX = re.compile("[0-9a-f][0-9a-f-]*")


class UnknownIdError(PermanentError):
    """Nothing is known under what was typed; what comes near is named."""


class AmbiguousIdError(PermanentError):
    """Several documents are meant by what was typed; they are named."""


class Identified(Frozen):
    """The document that was meant.

    Attributes:
        run_id: The run that was named, where what was typed was a run's id or a prefix of it.
    """

    document_id: str
    run_id: str | None = None


class Erased(Frozen):
    """The erased document that was meant.

    Attributes:
        document_id: The one that was named.
        top: The outermost one, which it went with.
        erasure: Its newest erasure.
        finished: Whether all of it is gone.
    """

    document_id: str
    top: str
    erasure: Erasure
    finished: bool


async def identify(store: ObjectStore, catalog: Catalog | None, wanted: str) -> Identified:
    """Return the document that ``wanted`` means.

    A whole id is answered by the store alone, without a catalog; then a file's present bytes are
    looked up, then the catalog's paths, names and prefixes. Without a catalog the store is listed.

    Args:
        store: Where the documents lie.
        catalog: The index of ids, paths and names; None where there is none.
        wanted: A document, run, submission or dead letter's id, a unique prefix, a path or a name, or
            ``packet > part`` with any of these for the packet.

    Raises:
        UnknownIdError: Nothing is known under it, it was erased, or overwritten before it was read;
            close matches are named.
        AmbiguousIdError: Several documents are meant; they are named.
        TransientError: The store or the catalog does not answer.
    """
    found = await _whole_id(store, wanted) or await _file(store, wanted)
    found = found or await _part(store, catalog, wanted)
    if found is not None:
        return found
    if catalog is None:
        return await _by_listing(store, wanted)
    resolution = await resolve(catalog, wanted, path=await asyncio.to_thread(_absolute, Path(wanted)))
    match resolution.candidates:
        case ():
            await _refuse_overwritten(store, wanted)
            await _refuse_erased(store, wanted)
            raise _unknown(wanted, [_words(near) for near in resolution.close])
        case (only,):
            await _refuse_gone(store, only.document_id)
            return Identified(document_id=only.document_id, run_id=only.value if only.by == "run" else None)
        case several:
            raise _ambiguous(wanted, [_words(one) for one in several])


async def _refuse_overwritten(store: ObjectStore, wanted: str) -> None:
    """Say of an object that was announced and gone before it was read that there is nothing to show."""
    if wanted.startswith(SCHEME) and (gone := await overwritten(store, wanted)):
        raise UnknownIdError(
            f"{shown(wanted, 120)!r} was overwritten or removed before it was read "
            f"(found {minute(gone[-1].at)}); nothing has come in under it since",
            reason="unknown_id",
        )


async def _whole_id(store: ObjectStore, wanted: str) -> Identified | None:
    if _SHA256.fullmatch(wanted):
        for key in (keys.original(wanted), keys.inbox_bytes(wanted)):
            if await store.head(key) is not None:
                return Identified(document_id=wanted)
        await _refuse_erased(store, wanted)
        return None
    if not _UUID.fullmatch(wanted):
        return None
    if await load_origin(store, wanted) is not None:
        return Identified(document_id=wanted)
    run = await store.fetch(keys.run(wanted))
    if run is not None:
        manifest = parse(run, RunManifest, keys.run(wanted))
        return Identified(document_id=manifest.document_id, run_id=wanted)
    submission = await load_submission(store, wanted)
    if submission is not None:
        return Identified(document_id=submission.document_id)
    return await _of_dead_letter(store, wanted)


async def _refuse_gone(store: ObjectStore, document_id: str) -> None:
    """Refuse an erased document that something still names: a message about it that came too late."""
    if not await is_there(store, document_id):
        await _refuse_erased(store, document_id)


async def _refuse_erased(store: ObjectStore, wanted: str) -> None:
    """Say of a document that was erased that it was, and since when."""
    found = await identify_erased(store, wanted)
    if found is None:
        return
    short, top = found.document_id[:12], found.top[:12]
    if not found.finished:
        how = f"half erased: doctrail erase {top} --reason … finishes it"
    else:
        how = f"erased on {minute(found.erasure.at)}; doctrail erase {top} --search says what is left of it"
    raise UnknownIdError(f"document {short} was {how}", reason="erased")


async def identify_erased(store: ObjectStore, wanted: str) -> Erased | None:
    """Return the erased document that ``wanted`` means; None where none was erased under it.

    Args:
        store: Where erasures are kept; of an erased document that are ids alone, no name.
        wanted: Its id, a run's, a unique prefix of one, or a file with its bytes.

    Raises:
        AmbiguousIdError: Several are meant; they are named.
    """
    typed = await asyncio.to_thread(_sha256_of, Path(wanted)) or wanted
    if not _PREFIX.fullmatch(typed):
        return None
    tops = [top async for top in store.folders(ops_keys.ERASURES)]
    likely = [top for top in tops if top.startswith(typed)]
    if not likely and not _SHA256.fullmatch(typed):
        # Parts and runs have no folder of their own; what each erasure holds tells them.
        likely = tops
    found: dict[str, Erased] = {}
    for top in likely:
        for erasure, receipt in await erasures(store, top):
            meant = {each for each in erasure.documents if each.startswith(typed)}
            meant |= {top for run in erasure.runs if run.startswith(typed)}
            for each in meant:
                found[each] = Erased(document_id=each, top=top, erasure=erasure, finished=receipt is not None)
    if len(found) > 1:
        raise _ambiguous(wanted, [each[:12] for each in sorted(found)])
    return next(iter(found.values()), None)


async def _of_dead_letter(store: ObjectStore, event_id: str) -> Identified | None:
    key = keys.dead_letter(event_id, 1)
    data = await store.fetch(key)
    letter = parse(data, DeadLetterObject, key) if data is not None else None
    if letter is None or letter.document_id is None:
        return None
    await _refuse_gone(store, letter.document_id)
    return Identified(document_id=letter.document_id)


async def _file(store: ObjectStore, wanted: str) -> Identified | None:
    """Return the document that a file's bytes are, whatever the file was called when it came in."""
    sha256 = await asyncio.to_thread(_sha256_of, Path(wanted))
    return await _whole_id(store, sha256) if sha256 else None


async def _part(store: ObjectStore, catalog: Catalog | None, wanted: str) -> Identified | None:
    """Return the part that ``packet > part`` names, as lists of reviews and records call it."""
    packet, *names = wanted.split(WITHIN)
    if not names:
        return None
    try:
        top = await identify(store, catalog, packet)
    except UnknownIdError:
        return None
    document_id = await part_named(store, top.document_id, names)
    return None if document_id is None else Identified(document_id=document_id)


def _absolute(path: Path) -> str | None:
    try:
        return str(path.resolve())
    except (OSError, ValueError, RuntimeError):
        # Not a path at all; it may still be a name.
        return None


def _sha256_of(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        # A file that can't be read may still be known by its path or name.
        return None


async def _by_listing(store: ObjectStore, wanted: str) -> Identified:
    if not _PREFIX.fullmatch(wanted):
        raise _unknown(wanted, [])
    meant: dict[str, str | None] = {
        document: None async for document in store.folders("documents") if document.startswith(wanted)
    }
    for identity in [*await _ids(store, "runs", wanted), *await _ids(store, "submissions", wanted)]:
        owner = await _whole_id(store, identity)
        if owner is not None:
            meant.setdefault(owner.document_id, owner.run_id)
    if not meant:
        await _refuse_erased(store, wanted)
        raise _unknown(wanted, [])
    if len(meant) > 1:
        raise _ambiguous(wanted, [document[:12] for document in sorted(meant)])
    document_id, run_id = next(iter(meant.items()))
    await _refuse_gone(store, document_id)
    return Identified(document_id=document_id, run_id=run_id)


async def _ids(store: ObjectStore, folder: str, prefix: str) -> list[str]:
    names = [key.rpartition("/")[2].removesuffix(".json") async for key in store.list(folder)]
    return [name for name in names if name.startswith(prefix)][: MOST_NAMED + 1]


def _words(match: Match) -> str:
    said = match.document_id[:12]
    return said if match.by == "document" else f"{said} ({match.by} {shown(match.value, 80)})"


def _unknown(wanted: str, close: Iterable[str]) -> UnknownIdError:
    near = ", ".join(close)
    hint = f"close matches: {near}" if near else "give a document, run or submission id, or a submitted file"
    return UnknownIdError(f"nothing is known as {shown(wanted, 120)!r}; {hint}", reason="unknown_id")


def _ambiguous(wanted: str, candidates: list[str]) -> AmbiguousIdError:
    named = ", ".join(candidates[:MOST_NAMED])
    more = f" and {len(candidates) - MOST_NAMED} more" if len(candidates) > MOST_NAMED else ""
    return AmbiguousIdError(
        f"{shown(wanted, 120)!r} may mean {len(candidates)} documents: {named}{more}; give more of the id",
        reason="ambiguous_id",
    )
