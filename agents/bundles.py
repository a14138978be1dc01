"""Opening the pinned parts of a run: parsed once per digest, never taken from anywhere else."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from doctypes.definition import DocType
from doctypes.folder import DIGITISER
from doctypes.named_model import NAMED, NamedModel, parse_named_model
from doctypes.prompt import Prompt, parse_prompt
from doctypes.runner import RuleSet, load_rules
from doctypes.schema_file import parse_schema
from inference.protocol import LOCAL
from inference.router.table import RouterTable, parse_table
from schemas.certificates import Certificates
from schemas.errors import PermanentError
from schemas.histories import HISTORY, ModelHistory
from schemas.objects import ObjectRef
from store.protocol import ObjectStore
from store.releases import Bundle, Release

if TYPE_CHECKING:
    from inference.digitiser.file import LoadedDigitiser

T = TypeVar("T")

CAPACITY = 256
"""Parsed parts kept in memory; far more than a release has."""


class MissingPartError(PermanentError):
    """A run is pinned to a part that its release does not have; publish the type again and re-run."""


class PinnedParts:
    """Parsed bundle parts by digest; equal digests are parsed once per process."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[tuple[str, str], object] = OrderedDict()
        self._opening: dict[tuple[str, str], asyncio.Lock] = {}

    async def schema(self, store: ObjectStore, bundle: Bundle) -> DocType:
        """Return the bundle's parsed schema."""
        return await self._open(
            store,
            part(bundle, "schema.json"),
            "schema",
            lambda data: parse_schema(data, bundle.doc_type),
        )

    async def prompt(self, store: ObjectStore, bundle: Bundle) -> Prompt:
        """Return the bundle's parsed prompt."""
        return await self._open(store, part(bundle, "prompt.md"), "prompt", parse_prompt)

    async def named_model(self, store: ObjectStore, bundle: Bundle) -> NamedModel | None:
        """Return the large model that reads this type, or None where the local variant does."""
        ref = bundle.parts.get(NAMED)
        return None if ref is None else await self._open(store, ref, "named model", parse_named_model)

    async def digitiser(self, store: ObjectStore, bundle: Bundle) -> LoadedDigitiser | None:
        """Return what makes files of this type's pages, or None where its deliverable is fields alone."""
        ref = bundle.parts.get(DIGITISER)
        if ref is None:
            return None
        from inference.digitiser.file import LoadedDigitiser, load_digitiser

        return await self._open(
            store, ref, "digitiser", lambda data: LoadedDigitiser(load_digitiser(data), ref.sha256)
        )

    async def history(self, store: ObjectStore, bundle: Bundle) -> ModelHistory | None:
        """Return what people found of the models that read this type, where it is known."""
        ref = bundle.parts.get(HISTORY)
        if ref is None:
            return None
        return await self._open(store, ref, "history", ModelHistory.model_validate_json)

    async def rules(self, store: ObjectStore, bundle: Bundle) -> RuleSet:
        """Return the bundle's own copy of the rules, loaded."""
        return await self._open(
            store,
            part(bundle, "rules.py"),
            "rules",
            lambda data: load_rules(data.decode(), f"{bundle.doc_type}/rules.py"),
        )

    async def certificates(self, store: ObjectStore, ref: ObjectRef | None) -> Certificates | None:
        """Return the certificates under ``ref``, or None where the variant has none."""
        if ref is None:
            return None
        return await self._open(store, ref, "certificates", Certificates.model_validate_json)

    async def router(self, store: ObjectStore, ref: ObjectRef | None) -> RouterTable | None:
        """Return the router's table under ``ref``; None where nobody else is asked."""
        return None if ref is None else await self._open(store, ref, "router", parse_table)

    async def certificates_of(self, store: ObjectStore, bundle: Bundle, read_by: str) -> Certificates | None:
        """Return the certificates of ``read_by``, a model as it was asked for; those of another are none.

        Those beside the trained variant are its own; what other models may be trusted with is in the
        type's history.
        """
        history = await self.history(store, bundle)
        known = history.certificates_of(read_by) if history else None
        if known is not None:
            return known
        found = await self.certificates(store, bundle.parts.get("thresholds.json"))
        if found is None or read_by.removeprefix(LOCAL) == found.variant:
            return found
        named = await self.named_model(store, bundle)
        # A local model that is named in place of the trained one is another.
        another = named is not None and named.model == read_by
        return found if read_by.startswith(LOCAL) and not another else None

    async def _open(self, store: ObjectStore, ref: ObjectRef, kind: str, parse: Callable[[bytes], T]) -> T:
        key = (kind, ref.sha256)
        if key not in self._parsed:
            # A window of documents asks at once: one opens it, the others wait for that.
            async with self._opening.setdefault(key, asyncio.Lock()):
                if key not in self._parsed:
                    self._parsed[key] = parse(await store.read(ref))
            self._opening.pop(key, None)
        found = self._parsed[key]
        if len(self._parsed) > CAPACITY:
            self._parsed.popitem(last=False)
        return found  # type: ignore[return-value]  # the kind in the key fixes the type


def pinned_bundle(release: Release, doc_type: str) -> Bundle:
    """Return the release's bundle of ``doc_type``.

    Raises:
        MissingPartError: The release has none; there is no fallback.
    """
    bundle = release.bundles.get(doc_type)
    if bundle is None:
        raise MissingPartError(
            f"the run's release has no document type {doc_type!r}; it has {sorted(release.bundles)}",
            reason="missing_part",
        )
    return bundle


def part(bundle: Bundle, name: str) -> ObjectRef:
    """Return the reference of a bundle's part.

    Raises:
        MissingPartError: The bundle has no such part.
    """
    ref = bundle.parts.get(name)
    if ref is None:
        raise MissingPartError(
            f"bundle {bundle.doc_type}/{bundle.digest[:12]} has no {name!r}", reason="missing_part"
        )
    return ref
