"""Sets that somebody edited, lost or never made: each difference is named, nothing is scored by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.errors import TamperedSetError, UnknownSetError
from evals.gathering import schemas_of
from evals.sets.build import build
from evals.sets.diff import diff_sets
from evals.sets.form import manifest_bytes, records_bytes
from evals.sets.keeping import (
    entomb,
    export_set,
    find_set,
    keep_set,
    list_sets,
    load_folder,
    load_records,
    verify_set,
)
from evals.truth import truths_of
from evals.words.sets import diff_lines, problem_lines, shifted
from store import eval_keys
from store.bundles import publish_bundle
from store.memory import MemoryStore
from tests.unit.evals.made import NOW, production, record, types, wanted

pytestmark = pytest.mark.anyio
TYPES = types("invoice", "lease")
MADE = build(truths_of(production(40)), TYPES, wanted())


async def kept() -> tuple[MemoryStore, str]:
    store = MemoryStore()
    await keep_set(store, MADE, by="ada", now=NOW)
    return store, eval_keys.eval_set("main", MADE.manifest.set_id)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"rid": 7}\n', "line 1: no record"),
        (b"not json\n", "line 1: no record (the whole: json_invalid)"),
        (records_bytes(MADE.records).replace(b'":', b'": ', 1), "not in canonical form"),
        (
            records_bytes(MADE.records).replace(b'"lane":"audit"', b'"lane":"routed"', 1),
            "the set's digest is",
        ),
        (b"".join(records_bytes(MADE.records).splitlines(keepends=True)[1:]), "the set's digest is"),
    ],
)
async def test_records_that_were_edited_are_named_and_nothing_is_scored_by_them(
    data: bytes, why: str
) -> None:
    store, folder = await kept()
    await store.replace(f"{folder}/records.jsonl", data)
    manifest, problems = await verify_set(store, "main")
    lines = problem_lines(manifest, problems)

    assert why in " ".join(lines)
    assert lines[0].endswith("NOT what was written")
    with pytest.raises(TamperedSetError):
        await load_records(store, manifest)


async def test_a_set_without_its_files_says_which(tmp_path: Path) -> None:
    store, folder = await kept()
    await store.delete(f"{folder}/records.jsonl")
    _, problems = await verify_set(store, "main")

    assert problems[0] == "records.jsonl is missing"
    with pytest.raises(TamperedSetError, match=r"has no records\.jsonl"):
        await export_set(store, "main", tmp_path)
    await store.replace(f"{folder}/manifest.json", b'{"name": "main"}')
    with pytest.raises(TamperedSetError, match=r"manifest\.json of .* is none \(set_id: missing\)"):
        await find_set(store, "main")
    await store.delete(f"{folder}/manifest.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TamperedSetError, match=r"has no manifest\.json"):
        load_folder(tmp_path / "empty")


async def test_a_set_whose_build_was_killed_is_no_set_and_what_is_erased_goes_from_it_too() -> None:
    store, folder = await kept()
    other = build(truths_of(production(20)), TYPES, wanted(name="other"))
    await keep_set(store, other, by="ada", now=NOW)
    await store.delete(f"{folder}/manifest.json")
    gone = MADE.records[0]

    assert [one.manifest.name for one in await list_sets(store)] == ["other"]
    assert MADE.manifest.set_id in await entomb(store, gone.doc.id)
    left = (await store.fetch(f"{folder}/records.jsonl") or b"").splitlines()
    assert [b'"truth":{}' in line for line in left].count(True) == 1
    assert await keep_set(store, MADE, by="ada", now=NOW) is False
    assert sum(one.tombstone for one in await load_records(store, MADE.manifest)) == 1


async def test_a_set_that_was_edited_stops_no_erasure_and_is_still_named_where_it_is_used() -> None:
    store, folder = await kept()
    key, gone = f"{folder}/records.jsonl", MADE.records[0].doc.id
    edited = records_bytes(MADE.records).replace(b'"lane":"audit"', b'"lane":"routed"')
    torn = f'{{"doc":{{"id":"{gone}"}},"truth":{{"name":"Jane Doe"}}'.encode()
    await store.replace(key, edited + torn + b"\n")
    await store.replace(f"{folder}/manifest.json", b'{"name": "main"}')

    assert await entomb(store, "f" * 64) == []
    assert await store.fetch(key) == edited + torn + b"\n"
    assert await entomb(store, gone) == [MADE.manifest.set_id]
    left = await store.fetch(key) or b""
    assert b"Jane Doe" not in left
    assert left.count(b'"truth":{}') == 1
    with pytest.raises(TamperedSetError, match="the set's digest is"):
        await load_records(store, MADE.manifest)
    with pytest.raises(TamperedSetError, match="is none"):
        await list_sets(store)


async def test_a_set_is_found_by_the_beginning_of_its_id_and_only_by_one() -> None:
    store, _ = await kept()
    set_id = MADE.manifest.set_id

    assert (await find_set(store, set_id[:6])).set_id == set_id
    other = build(truths_of(production(20)), TYPES, wanted(name="other"))
    await keep_set(store, other, by="ada", now=NOW)
    with pytest.raises(UnknownSetError, match="2 sets are called ''; sets there are: main, other"):
        await find_set(store, "")
    with pytest.raises(UnknownSetError, match="no set is called"):
        await find_set(store, "../main")


def test_a_mix_that_moved_is_told_with_every_difference() -> None:
    leases = build(truths_of(production(40)), TYPES, wanted(mix={"invoice": 0.35, "lease": 0.65}))
    found = diff_sets((MADE.manifest, MADE.records), (leases.manifest, leases.records))

    assert shifted(dict(found.mix)) == ["invoice", "lease"]
    assert any("mix invoice" in line and "60.0% →  35.0%" in line for line in diff_lines(found))
    same = problem_lines(MADE.manifest, [])
    assert same[0].endswith("ok: every record and the whole are what their ids say")


def test_one_type_alone_makes_a_set_of_it_whatever_else_production_has() -> None:
    said = [record(n) for n in range(40)]
    made = build(truths_of(said), types("invoice"), wanted(mix={"invoice": 0.2, "lease": 0.8}))

    assert dict(made.manifest.mix) == {"invoice": "1"}
    assert sum(float(one.w) for one in made.records) == pytest.approx(40, abs=0.001)


def test_without_figures_of_production_the_mix_is_what_audits_stand_for() -> None:
    said = [record(n, inclusion=0.1) for n in range(10)]
    said += [record(n, name="lease", inclusion=0.5) for n in range(10)]
    made = build(truths_of(said), TYPES, wanted(mix={}))

    assert {name: round(float(share), 3) for name, share in made.manifest.mix.items()} == {
        "invoice": 0.833,
        "lease": 0.167,
    }


async def test_a_schema_that_no_longer_reads_is_as_if_it_were_not_there() -> None:
    store = MemoryStore()
    bundle = await publish_bundle(
        store, "slip", {"schema.json": b'{"fields": 7}', "prompt.md": b"", "rules.py": b""}
    )
    sha = bundle.parts["schema.json"].sha256

    assert await schemas_of(store, {sha}) == {}
    left = build(truths_of([record(1), record(2, schema_digest=sha)]), TYPES, wanted()).manifest.exclusions
    assert [(one.documents, one.reason) for one in left] == [(1, "of a schema that is not in the store")]


def test_a_manifest_is_canonical() -> None:
    assert manifest_bytes(MADE.manifest).endswith(b"}\n")
    assert b": " not in manifest_bytes(MADE.manifest)
