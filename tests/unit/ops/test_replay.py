"""Replays: what would have become of a document, from recorded inputs, changing nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from agents.asking import FREE
from catalog.database import Catalog
from catalog.queries import DocumentRow
from inference.endpoints.prices import Price
from inference.protocol import LOCAL
from inference.router.table import RoutedModel, RouterTable
from inference.scripted import ScriptedModel
from ops.beside import compared
from ops.intervals import rate
from ops.replay.again import NothingToReplayError, Replay, replay
from ops.replay.changes import Change, ChangeError, first_stage, parse_change, parse_changes, type_of
from ops.replay.differences import field_differences, first_difference, first_finding, rule_differences
from ops.replay.sample import Sampled, draw, replay_sample
from ops.replay.words import replay_lines, sample_json, sample_lines
from schemas.handling import Handler
from store.bundles import publish_model
from store.memory import MemoryStore
from store.protocol import ObjectStore
from tests.unit.agents.slips import DOUBTFUL, PROMPT, RULES, SURE
from tests.unit.agents.workshop import OneTry, Workshop, decision

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Listed:
    """A document as the catalog lists it, as far as a sample reads it."""

    document_id: str
    name: str | None = None
    state: str = "accepted"


async def again(workshop: Workshop, document_id: str, *changes: Change, stage: str | None = None) -> Replay:
    """Replay the document's newest run with the workshop's own reader and model."""

    def agents(store: ObjectStore) -> Sequence[Handler]:
        other = Workshop(store=cast("MemoryStore", store), reader=workshop.reader, time=workshop.time)
        other.model = workshop.model
        other.restart()
        return other.handlers[1:]

    return await replay(workshop.store, document_id, agents, OneTry, stage=stage, changes=changes)


def prompt(version: str = "2.0") -> Change:
    return Change("prompt", "prompt.md", PROMPT.format(version=version).encode() + b"Read it twice.\n")


async def test_a_replay_with_nothing_changed_differs_in_no_step_and_asks_no_model(workshop: Workshop) -> None:
    document_id = await workshop.submit(SURE)
    asked = len(workshop.model.requests)

    found = await again(workshop, document_id, stage="gatekeeper")

    assert first_difference(found.before, found.after) is None
    assert field_differences(found.before, found.after) == ()
    assert (found.bought, found.reused) == (0, 2)
    assert len(workshop.model.requests) == asked


async def test_another_prompt_shows_where_the_runs_part_and_which_fields_differ(workshop: Workshop) -> None:
    document_id = await workshop.submit(SURE)
    before = dict(workshop.store.objects)
    reading = {"value": "8.00", "quote": "9.00", "lines": ["1.3"]}
    workshop.answers["total"] = {"readings": [reading], "confidence": 0.2}

    found = await again(workshop, document_id, prompt())

    assert found.stage == "extraction"
    step, finding = first_difference(found.before, found.after), first_finding(found.before, found.after)
    assert step is not None
    assert (step.stage, step.step.split()[0]) == ("extraction", "prompt")
    assert finding is not None
    assert finding.step == "ground total"
    (total,) = field_differences(found.before, found.after)
    assert (total.name, total.decision_differs) == ("total", True)
    assert (found.before.ending, found.after.ending) == ("accepted", "review")
    assert workshop.store.objects == before
    assert "ended accepted, would have ended review" in replay_lines(found)


async def test_another_threshold_is_judged_from_validation_on_without_asking_a_model(
    workshop: Workshop,
) -> None:
    document_id = await workshop.submit(SURE)

    found = await again(workshop, document_id, parse_change("threshold.total=0.99"))

    assert found.stage == "validation"
    assert (found.bought, found.reused) == (0, 0)
    assert (found.before.ending, found.after.ending) == ("accepted", "review")
    (total,) = field_differences(found.before, found.after)
    assert not total.value_differs
    assert total.after is not None
    assert total.after.arithmetic == "0.97 < 0.99 → review"


async def test_another_threshold_for_the_type_is_judged_from_the_gatekeeper_on(workshop: Workshop) -> None:
    document_id = await workshop.submit(SURE)

    found = await again(workshop, document_id, parse_change("threshold.doc_type=0.99"))

    assert (found.stage, found.after.ending) == ("gatekeeper", "review")
    assert found.after.extraction is None


async def test_other_rules_are_those_of_the_file(workshop: Workshop, tmp_path: Path) -> None:
    document_id = await workshop.submit(SURE)
    (tmp_path / "rules.py").write_text(RULES.replace("> 0", "> 100"))

    found = await again(workshop, document_id, parse_change(f"rules={tmp_path / 'rules.py'}"))

    step = first_difference(found.before, found.after)
    assert step is not None
    assert step.step == "rule total_is_positive"
    assert found.after.ending == "review"
    (rule,) = rule_differences(found.before, found.after)
    assert (rule.name, rule.before, rule.after) == ("total_is_positive", "holds", "broken")
    assert any(line.startswith("  total_is_positive: holds → broken: ") for line in replay_lines(found))


async def test_a_rule_that_is_new_is_told_though_no_field_ends_otherwise(
    workshop: Workshop, tmp_path: Path
) -> None:
    document_id = await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal? 9.00\n")
    more = '@rule("total")\ndef aaa(fields, facts):\n    """Small."""\n    return check(False, "too much")\n'
    (tmp_path / "rules.py").write_text(f"{RULES}\n\n{more}")
    row = Listed(document_id)
    sampled = Sampled()

    found = await again(workshop, document_id, parse_change(f"rules={tmp_path / 'rules.py'}"))
    sampled.add(cast("DocumentRow", row), found)

    lines = replay_lines(found)
    assert "  aaa: no such rule → broken: too much" in lines
    step = lines.index("first diverging step")
    assert lines[step + 1].endswith(": rule aaa")
    assert lines[step + 2] == "    verdict: broken"
    assert any(line.startswith("    in the place of: ") for line in lines)
    assert sampled.differs
    assert (sampled.flips, sampled.changed) == ([], 0)
    assert any(
        line.startswith("  rule aaa: no such rule → broken in 1 of 1") for line in sample_lines(sampled, "x")
    )
    (told,) = sample_json(sampled)["rules"]
    assert (told["name"], told["hits"]) == ("aaa", 1)


async def test_what_people_and_other_documents_did_later_is_not_seen(workshop: Workshop) -> None:
    document_id = await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal? 9.00\n")
    await workshop.decide(decision(workshop, document_id))
    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\nnote: again\n")

    found = await again(workshop, document_id)

    assert found.before.ending == "review"
    assert first_difference(found.before, found.after) is None


async def test_a_model_that_costs_money_is_paid_once_for_all_replays(workshop: Workshop) -> None:
    workshop.named = "big-model"
    document_id = await workshop.submit(SURE)
    before = dict(workshop.store.objects)

    first = await again(workshop, document_id, prompt())
    second = await again(workshop, document_id, prompt())

    assert (second.bought, second.reused) == (0, first.bought)
    kept = set(workshop.store.objects) - set(before)
    assert len(kept) == first.bought > 0
    assert all(key.startswith(f"documents/{document_id}/replies/") for key in kept)


class Priced(ScriptedModel):
    """A model that costs nothing where it stands for a local one."""

    def endpoint(self, model: str) -> str:
        return FREE if model.startswith(LOCAL) else super().endpoint(model)


async def test_a_model_that_the_router_asks_is_paid_once_too_and_the_free_one_leaves_nothing() -> None:
    price = Price(input=Decimal(3), output=Decimal(15))
    large = RoutedModel(model="eu.anthropic.claude-sonnet-4-5-20250929-v1:0", error=0.02, price=price)
    workshop = Workshop(router=RouterTable(models=(large,), critical_target=0.05))
    workshop.model = Priced(workshop._answer)
    workshop.restart()
    document_id = await workshop.submit(DOUBTFUL)
    before, so_far = set(workshop.store.objects), len(workshop.model.requests)

    await again(workshop, document_id, prompt())
    await again(workshop, document_id, prompt())

    assert [one.model for one in workshop.model.requests[so_far:]].count(large.model) == 1
    kept = set(workshop.store.objects) - before
    assert len(kept) == 1
    assert all(key.startswith(f"documents/{document_id}/replies/") for key in kept)


async def test_what_the_next_version_gave_up_came_out_otherwise_there(workshop: Workshop) -> None:
    ours = Workshop()
    document_id = await workshop.submit(SURE)
    assert await ours.submit(SURE) == document_id
    for key in [key for key in ours.store.objects if "/extraction/" in key and "/outcomes/" in key]:
        await ours.store.delete(key)
    row = Listed(document_id, state="dead_lettered")

    found = await compared(workshop.store, ours.store, [cast("DocumentRow", row)])
    working = await compared(
        workshop.store, ours.store, [cast("DocumentRow", replace(row, state="extracted"))]
    )

    assert [(flip.before, flip.after) for flip in found.flips] == [("accepted", "no record")]
    assert (working.replayed, working.skipped, working.differs) == (0, 1, False)


async def test_a_model_without_certificates_accepts_nothing_until_a_threshold_says_so(
    workshop: Workshop,
) -> None:
    document_id = await workshop.submit(SURE)
    variant = await publish_model(workshop.store, b"another variant")
    model = parse_change(f"model=local:{variant.sha256}")
    thresholds = [parse_change(f"threshold.{name}=0.5") for name in ("shop", "total", "note")]

    bare = await again(workshop, document_id, model)
    trusted = await again(workshop, document_id, model, *thresholds)

    assert bare.after.ending == "review"
    assert trusted.after.ending == "accepted"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prompt", "write name=value"),
        ("colour=red", "can't be changed by a replay"),
        ("prompt=nowhere.md", "can't be read: No such file"),
        ("threshold.total=high", "give a number from 0 to 1"),
        ("threshold.total=1.5", "give a number from 0 to 1"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ChangeError, match=words):
        parse_change(text)


def test_a_part_is_changed_once() -> None:
    with pytest.raises(ChangeError, match=r"threshold\.total would be changed twice"):
        parse_changes(["threshold.total=0.9", "threshold.shop=0.9", "threshold.total=0.1"])


def test_a_change_that_shows_before_the_stage_asked_for_is_refused() -> None:
    with pytest.raises(ChangeError, match="replay --from extraction"):
        first_stage([prompt()], "validation")
    with pytest.raises(ChangeError, match="is no stage"):
        first_stage([], "intake")


def test_a_sample_is_of_the_type_that_a_change_is_about() -> None:
    assert type_of([prompt()]) == "slip"
    assert type_of([parse_change("threshold.total=0.5")]) is None
    with pytest.raises(ChangeError, match="--type"):
        type_of([parse_change("model=other")])


async def test_parts_that_do_not_fit_together_are_named_and_nothing_is_run(workshop: Workshop) -> None:
    document_id = await workshop.submit(SURE)
    broken = Change("prompt", "p.md", PROMPT.format(version=2).replace("field:total", "field:sum").encode())

    with pytest.raises(ChangeError, match="'sum'"):
        await again(workshop, document_id, broken)
    with pytest.raises(ChangeError, match="no field 'rent'"):
        await again(workshop, document_id, parse_change("threshold.rent=0.5"))
    with pytest.raises(ChangeError, match="no variant"):
        await again(workshop, document_id, parse_change("model=local:abc"))


async def test_a_document_that_never_came_so_far_is_said_to(workshop: Workshop) -> None:
    document_id = await workshop.submit("REFUSE password_required")

    with pytest.raises(NothingToReplayError, match="never reached extraction"):
        await again(workshop, document_id)
    assert (await again(workshop, document_id, stage="gatekeeper")).after.ending == "rejected"


async def test_a_sample_tells_rates_with_intervals_and_the_documents_that_flip(
    workshop: Workshop, catalog: Catalog
) -> None:
    for number in range(6):
        await workshop.submit(f"SLIP\nshop: Shop {number} Ltd\ntotal{':?'[number % 2]} {number}.00\n")
    now = workshop.now()

    async def once(document_id: str) -> Replay:
        return await again(workshop, document_id, parse_change("threshold.total=0.99"))

    assert not Sampled().differs
    told: list[Sampled] = []
    rows = await draw(catalog, 5, since=now - timedelta(days=1), until=now)
    found = await replay_sample(rows, once, told.append)

    assert len(told) == found.replayed == 5
    assert rows == await draw(catalog, 5, since=now - timedelta(days=1), until=now)
    assert {flip.before for flip in found.flips} == {"accepted"}
    assert found.rate(len(found.flips)).high > len(found.flips) / 5
    assert any(line.startswith("  accepted → review") for line in sample_lines(found, "x"))
    assert sample_json(found)["other_outcome"]["hits"] == len(found.flips)
    assert await draw(catalog, 5, since=now, until=now) == []


async def test_a_sample_that_a_change_says_nothing_about_says_why(workshop: Workshop) -> None:
    row = cast("DocumentRow", Listed(await workshop.submit(SURE)))

    async def once(document_id: str) -> Replay:
        return await again(workshop, document_id, parse_change("threshold.rent=0.5"))

    found = await replay_sample([row], once, lambda _: None)

    assert not found.tells
    assert sample_lines(found, "x")[-1].startswith("nothing can be said: slip has no field 'rent'")


async def test_no_field_of_a_document_that_a_stage_would_refuse_is_compared(workshop: Workshop) -> None:
    row = cast("DocumentRow", Listed(await workshop.submit(SURE)))

    async def once(document_id: str) -> Replay:
        done = await again(workshop, document_id, stage="extraction")
        return replace(done, failure="extraction: nobody answers")

    found = await replay_sample([row], once, lambda _: None)

    assert (found.tells, found.replayed, found.changed) == (False, 1, 0)
    assert "1 document would have been refused:" in sample_lines(found, "x")


def test_an_interval_of_a_rate_holds_what_the_tables_say() -> None:
    found = rate(3, 200)

    assert (round(found.low, 4), round(found.high, 4)) == (0.0031, 0.0432)
    assert (rate(0, 0).low, rate(0, 0).high) == (0.0, 1.0)
    assert rate(5, 5).high == 1.0
