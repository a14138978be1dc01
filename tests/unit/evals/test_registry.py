"""Promotion and rollback: through the gate, on the record, one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agents.bundles import PinnedParts
from evals.comparing.rule import Comparison, Outcome
from evals.errors import LostRaceError, RefusedPromotionError, UnknownVariantError
from evals.judging import contest, open_set
from evals.registry.facts import facts_of
from evals.registry.governance import OPEN, card, sign_off, validation_report
from evals.registry.history import export_registry, standings, steps
from evals.registry.promoting import Approval, base_of, promote, revoke, rollback
from evals.sets.build import build
from evals.sets.keeping import find_set, keep_set
from evals.truth import truths_of
from evals.variants import Variant, Variants
from evals.words.history import standing_lines, step_lines
from store import keys
from store.registry import RELEASE_SLOT, BrokenChainError, Registry
from store.releases import load_release
from store.revisions import standing
from tests.unit.agents.workshop import Workshop
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import NOW, wanted

pytestmark = pytest.mark.anyio

APPROVAL = Approval(by="ada", at=NOW, code="test", evidence=("e" * 64,))


async def compared(bench: Bench) -> tuple[Variant, Comparison]:
    """A challenger with what the rule says of it; two documents settle nothing."""
    await bench.go_live()
    said = [await bench.told(await bench.submit(f"{n + 1}.00"), f"{n + 1}.00") for n in range(2)]
    live = await Variants(bench.store, bench.parts).live("slip")
    made = build(
        truths_of(said), {said[0].schema_digest: live.doc_type},
        wanted(now=bench.workshop.now(), mix={"slip": 1.0}),
    )  # fmt: skip
    await keep_set(bench.store, made, by="ada", now=NOW)
    challenger = await bench.challenger()
    chosen = await open_set(bench.store, await find_set(bench.store, "main"), sealed=True)
    _, release = await Variants(bench.store, bench.parts).live_release()
    found, _ = await contest(bench.runner(release), chosen, (live, challenger))
    return challenger, found


def better(found: Comparison) -> Comparison:
    return replace(found, outcome=Outcome.SUPERIOR)


async def live_digest(bench: Bench) -> str:
    return (await Variants(bench.store, PinnedParts()).live("slip")).digest


async def test_an_inconclusive_challenger_is_refused() -> None:
    bench = Bench()
    challenger, found = await compared(bench)

    assert found.outcome is Outcome.INCONCLUSIVE
    with pytest.raises(RefusedPromotionError, match="not shown to be better") as told:
        await promote(bench.store, await base_of(bench.store), challenger, found, APPROVAL)
    assert told.value.code == 3
    assert await live_digest(bench) == found.champion.digest


async def test_a_promotion_is_on_record_and_live_at_the_next_document() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    entry = await promote(bench.store, await base_of(bench.store), challenger, better(found), APPROVAL)

    said = entry.statement.lineage
    assert said is not None
    assert (said.kind, said.doc_type, said.variant, said.replaced, said.set_id, said.verdict) == (
        "promote", "slip", challenger.digest, found.champion.digest, found.set_id, "superior",
    )  # fmt: skip
    assert entry.statement.evidence == ("e" * 64,)
    assert await live_digest(bench) == challenger.digest
    (one,) = await standings(bench.store)
    assert one.back_to == found.champion.digest
    lines = standing_lines([one])
    assert "superior on set" in "\n".join(lines)


async def test_a_variant_that_was_compared_with_something_else_is_refused() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    stale = replace(found, champion=replace(found.champion, digest="0" * 64))

    with pytest.raises(RefusedPromotionError, match="was not compared with what is live"):
        await promote(bench.store, await base_of(bench.store), challenger, better(stale), APPROVAL)


async def test_of_two_promotions_at_once_one_wins_and_the_other_is_told() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    base = await base_of(bench.store)
    ends = await asyncio.gather(
        *(
            promote(bench.store, base, challenger, better(found), replace(APPROVAL, by=who))
            for who in ("ada", "bea")
        ),
        return_exceptions=True,
    )

    lost = [one for one in ends if isinstance(one, LostRaceError)]
    assert len(lost) == 1
    assert "made" in str(lost[0])
    assert await Registry(bench.store).verify_chain(RELEASE_SLOT) == 2


async def test_a_rollback_brings_back_what_was_live_and_never_goes_in_circles() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    await promote(bench.store, await base_of(bench.store), challenger, better(found), APPROVAL)
    entry = await rollback(bench.store, "slip", "ada", NOW, "test")

    assert await live_digest(bench) == found.champion.digest
    assert entry.statement.lineage is not None
    assert entry.statement.lineage.kind == "rollback"
    with pytest.raises(UnknownVariantError, match="nothing was live"):
        await rollback(bench.store, "slip", "ada", NOW, "test")
    with pytest.raises(UnknownVariantError, match="live are slip"):
        await rollback(bench.store, "poem", "ada", NOW, "test")


async def test_a_revoked_certificate_sends_the_field_of_the_next_document_to_a_person() -> None:
    bench = Bench()
    await bench.go_live()
    before = await bench.submit("1.00")
    findings = [("total", "3 of 40 audited were wrong")]
    entry = await revoke(bench.store, "slip", findings, "drift nightly", NOW, "test")
    assert entry is not None
    assert await revoke(bench.store, "slip", findings, "drift nightly", NOW, "test") is None

    bench.workshop = follower(bench)
    after = await bench.submit("2.00")

    assert await standing(bench.store, before) is not None
    assert await standing(bench.store, after) is None
    asked = bench.workshop.events("reviews.requested")[-1]
    record = await bench.workshop.read(asked["record"])
    total = next(one for one in record["fields"] if one["field"]["name"] == "total")
    assert total["reasons"] == ["its certificate was revoked: 3 of 40 audited were wrong"]
    (one,) = await standings(bench.store)
    assert one.revoked == {"total": "3 of 40 audited were wrong"}
    assert any("revoked    total" in line for line in standing_lines([one]))
    assert any("revoked slip.total" in line for line in step_lines(await steps(bench.store)))


async def test_another_bundle_has_certificates_of_its_own() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    await revoke(bench.store, "slip", [("total", "why")], "drift nightly", NOW, "test")
    base = await base_of(bench.store)
    entry = await promote(bench.store, base, challenger, better(found), APPROVAL)

    release = await load_release(bench.store, entry.statement.what)
    assert release.revocations("slip") == {}
    assert len(release.revoked) == 1


async def test_an_altered_or_missing_entry_is_named() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    await promote(bench.store, await base_of(bench.store), challenger, better(found), APPROVAL)
    store = bench.workshop.store
    first = keys.registry_entry(RELEASE_SLOT, 1)
    kept = store.objects[first]
    store.objects[first] = kept.replace(b"anna", b"eve!")

    with pytest.raises(BrokenChainError, match=r"registry/release/00000001.*was changed"):
        await steps(store)
    del store.objects[first]
    with pytest.raises(BrokenChainError, match="has 1 entries, but the chain ends after 0"):
        await steps(store)


async def test_the_registry_goes_to_git_as_it_is_stored(tmp_path: Path) -> None:
    bench = Bench()
    await compared(bench)
    written = await export_registry(bench.store, tmp_path)

    entry = tmp_path / "registry" / RELEASE_SLOT / "00000001.json"
    assert entry in written
    assert entry.read_bytes() == bench.workshop.store.objects[keys.registry_entry(RELEASE_SLOT, 1)]
    assert b"slip" in (tmp_path / "champions.json").read_bytes()


async def test_governance_papers_are_made_of_facts_and_leave_the_rest_open() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    await promote(bench.store, await base_of(bench.store), challenger, better(found), APPROVAL)
    facts = await facts_of(bench.store, "slip", NOW)
    papers = [card(facts), validation_report(facts), sign_off(facts)]

    assert len(facts.runs) == 1
    assert all(OPEN in paper for paper in papers)
    assert all("slip@" in paper for paper in papers)
    assert "superior on set" in papers[1]
    assert "ada" in papers[2]


class Following(Workshop):
    """A workshop whose intake reads the registry, as a scaled-out one does."""

    async def digest(self, now: object) -> str:
        entry = await Registry(self.store).live(RELEASE_SLOT)
        assert entry is not None
        return entry.statement.what


def follower(bench: Bench) -> Following:
    return Following(store=bench.workshop.store, time=bench.workshop.time)


async def test_a_rollback_of_what_is_live_no_more_changes_nothing() -> None:
    bench = Bench()
    challenger, found = await compared(bench)
    await promote(bench.store, await base_of(bench.store), challenger, better(found), APPROVAL)
    before = await live_digest(bench)

    with pytest.raises(LostRaceError, match="became live meanwhile"):
        await rollback(bench.store, "slip", "guard", NOW, "test", instead_of="f" * 64)
    assert await live_digest(bench) == before
