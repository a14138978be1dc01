"""What the registry tells: what is live of each type, since when, by whom, on what, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.canonical import canonical_json
from store import keys
from store.files import write_whole
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry, RegistryEntry
from store.releases import Bundle, Release, load_release

_PARTS = ("schema.json", "prompt.md", "rules.py", "model", "thresholds.json", "model.json", "history.json")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry, with what it changed.

    Attributes:
        changed: By type, the bundle before and after; None where there was, or is, none.
        parts: By type, the parts that differ.
        revoked: Certificates that it revoked, as ``type.field``.
    """

    entry: RegistryEntry
    changed: dict[str, tuple[str | None, str | None]]
    parts: dict[str, tuple[str, ...]]
    revoked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeStanding:
    """What is live of a type.

    Attributes:
        since: The entry that made it so.
        back_to: Digest of the bundle that a rollback would bring.
        revoked: Why certificates of it hold no longer, by field.
    """

    doc_type: str
    bundle: Bundle
    since: RegistryEntry
    back_to: str | None
    revoked: dict[str, str]


async def steps(store: ObjectStore) -> list[Step]:
    """Return every entry about releases with what it changed, oldest first, the chain checked.

    Raises:
        BrokenChainError: An entry was changed, removed or added out of order.
    """
    registry = Registry(store)
    await registry.verify_chain(RELEASE_SLOT)
    found: list[Step] = []
    before: Release | None = None
    async for entry in registry.entries(RELEASE_SLOT):
        release = await load_release(store, entry.statement.what)
        found.append(_step(entry, before, release))
        before = release
    return found


def _step(entry: RegistryEntry, before: Release | None, after: Release) -> Step:
    old = before.bundles if before else {}
    changed: dict[str, tuple[str | None, str | None]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for name in sorted(old.keys() | after.bundles.keys()):
        one, other = old.get(name), after.bundles.get(name)
        if (one.digest if one else None) != (other.digest if other else None):
            changed[name] = (one.digest if one else None, other.digest if other else None)
            parts[name] = tuple(p for p in _PARTS if one and other and _sha(one, p) != _sha(other, p))
    known = set(before.revoked) if before else set()
    revoked = tuple(f"{one.doc_type}.{one.field}" for one in after.revoked if one not in known)
    return Step(entry, changed, parts, revoked)


def _sha(bundle: Bundle, part: str) -> str | None:
    ref = bundle.parts.get(part)
    return ref.sha256 if ref else None


async def standings(store: ObjectStore) -> list[TypeStanding]:
    """Return what is live of every type, by name."""
    walked = await steps(store)
    if not walked:
        return []
    release = await load_release(store, walked[-1].entry.statement.what)
    out = []
    for name, bundle in sorted(release.bundles.items()):
        mine = [step for step in walked if name in step.changed]
        since = next(step.entry for step in reversed(mine) if step.changed[name][1] == bundle.digest)
        before = await previous_bundle(store, name, bundle.digest)
        back = before.digest if before else None
        out.append(TypeStanding(name, bundle, since, back, release.revocations(name)))
    return out


async def previous_bundle(store: ObjectStore, doc_type: str, digest: str) -> Bundle | None:
    """Return the bundle of a type that was live before this one became so the last time, if any.

    A bundle that was rolled back from is not gone back to.
    """
    registry = Registry(store)
    stack: list[Bundle] = []
    async for entry in registry.entries(RELEASE_SLOT):
        bundle = (await load_release(store, entry.statement.what)).bundles.get(doc_type)
        if bundle is None or (stack and stack[-1].digest == bundle.digest):
            continue
        lineage = entry.statement.lineage
        if lineage is not None and (lineage.kind, lineage.doc_type) == ("rollback", doc_type):
            while len(stack) > 1 and stack[-1].digest != bundle.digest:
                stack.pop()
        else:
            stack.append(bundle)
    if not stack or stack[-1].digest != digest:
        return None
    return stack[-2] if len(stack) > 1 else None


async def export_registry(store: ObjectStore, to: Path) -> list[Path]:
    """Write every entry of every slot as a file, and what is live as another; the same bytes as stored."""
    written = []
    async for slot in store.folders("registry"):
        number = await Registry(store).verify_chain(slot)
        folder = to / "registry" / slot
        for at in range(1, number + 1):
            data = await store.fetch(keys.registry_entry(slot, at))
            if data is not None:
                write_whole(folder / f"{at:08d}.json", data)
                written.append(folder / f"{at:08d}.json")
    live = {
        one.doc_type: {"bundle": one.bundle.digest, "since": one.since.statement.at.isoformat()}
        for one in await standings(store)
    }
    write_whole(to / "champions.json", canonical_json(live) + b"\n")
    return [*written, to / "champions.json"]
