"""Verify: whatever is changed, cut off or lost in a document's objects is named; repair recomputes it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from schemas.canonical import sha256_hex
from schemas.decided import DecidedField
from schemas.handling import Outgoing
from store import keys
from store.registry import Registry, Statement
from store.repair import Repair, repair_document
from store.verify import Ledger, verify_document
from store.verify_shared import verify_shared
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop, decision

pytestmark = pytest.mark.anyio

DERIVED = ("artifacts", "results", "replies", "outcomes")
NOT_IMPLIED = (b'"inbox/', b'"seen/')
"""Links that nothing else names: to what a submission was taken from, and to notes of business keys."""


@pytest.fixture
async def done() -> tuple[Workshop, str]:
    """A document that a person decided about and that then ran again."""
    workshop = Workshop()
    document_id = await workshop.submit(DOUBTFUL)
    corrected = (DecidedField(name="total", raw="9.50", value="9.50"),)
    await workshop.decide(decision(workshop, document_id, fields=corrected))
    workshop.prompt_version = "1.1"
    await workshop.submit(DOUBTFUL, name="another name.txt")
    return workshop, document_id


def named(ledger: Ledger) -> list[str]:
    return [row.key for row in ledger.problems]


def below(key: str, folders: tuple[str, ...]) -> bool:
    return any(f"/{folder}" in key for folder in folders)


async def test_a_healthy_document_has_a_ledger_without_problems(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done

    ledger = await verify_document(workshop.store, document_id)

    assert named(ledger) == []
    assert ledger.ok
    own = {key for key in workshop.store.objects if key.startswith(f"documents/{document_id}/")}
    assert own <= {row.key for row in ledger.rows}
    for row in ledger.rows:
        data = workshop.store.objects.get(row.key)
        assert row.sha256 == (None if data is None else sha256_hex(data))
    results = {row.stage: row.rows for row in ledger.rows if "/results/" in row.key and row.rows}
    assert results == {"extraction": 3, "validation": 3}


async def test_a_flipped_bit_anywhere_is_named(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    seed, store = random.Random(11), workshop.store
    for row in (await verify_document(store, document_id)).rows:
        data = store.objects[row.key]
        for _ in range(2):
            place = seed.randrange(len(data))
            store.objects[row.key] = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

            ledger = await verify_document(store, document_id)

            assert not ledger.ok, f"{row.key} at {place}"
            told = " ".join(f"{problem.key} {problem.problem}" for problem in ledger.problems)
            assert row.key.split("/", 2)[-1] in told, f"{row.key} at {place}: {told}"
        store.objects[row.key] = data


@pytest.mark.parametrize("left", [0.0, 0.99])
async def test_a_truncated_object_is_named(done: tuple[Workshop, str], left: float) -> None:
    workshop, document_id = done
    store = workshop.store
    for row in (await verify_document(store, document_id)).rows:
        data = store.objects[row.key]
        store.objects[row.key] = data[: int(len(data) * left)]

        assert row.key in named(await verify_document(store, document_id))
        store.objects[row.key] = data


async def test_a_lost_object_is_named(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    store = workshop.store
    for row in (await verify_document(store, document_id)).rows:
        if "/reviews/" in row.key or "/artifacts/seen/" in row.key or row.key not in store.objects:
            continue
        data = store.objects.pop(row.key)
        if "/links/" in row.key and any(place in data for place in NOT_IMPLIED):
            store.objects[row.key] = data
            continue

        problems = named(await verify_document(store, document_id))
        # Which attempt of a stage was lost can't be told; that one was, is.
        lost = row.key.rpartition("/")[0] if "/trail/" in row.key else row.key
        assert any(key.startswith(lost) for key in problems), row.key
        store.objects[row.key] = data


async def test_lost_lists_of_duplicates_are_named(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    twin = await workshop.submit(SURE)
    doubled = await workshop.submit(SURE + "\n")
    for one in (document_id, twin, doubled):
        for key in [key for key in workshop.store.objects if f"{one}/artifacts/seen/" in key]:
            del workshop.store.objects[key]

    (named_duplicates,) = (await verify_document(workshop.store, doubled)).problems
    (noted,) = (await verify_document(workshop.store, document_id)).problems
    done_about_it = await repair_document(workshop.store, await verify_document(workshop.store, document_id))

    assert "a record names the possible duplicates" in str(named_duplicates.problem)
    assert "list of possible duplicates is missing" in str(noted.problem)
    assert (done_about_it.quarantined, done_about_it.reruns) == ((), ())
    assert "it is history that nothing computes again" in done_about_it.beyond[0][1]


async def test_a_lost_link_is_written_again(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    store = workshop.store
    links = {key: data for key, data in store.objects.items() if f"{document_id}/links/" in key}
    lost = [key for key, data in links.items() if b"submissions/" in data]
    for key in lost:
        del store.objects[key]

    done_about_it = await repair_document(store, await verify_document(store, document_id))

    assert done_about_it.quarantined == tuple(sorted(lost))
    assert {key: data for key, data in store.objects.items() if f"{document_id}/links/" in key} == links


async def test_a_lost_trail_is_named_by_its_stage_and_stays_lost(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    (lost,) = [key for key in workshop.store.objects if "/trail/" in key and "/extraction/0001" in key][:1]
    del workshop.store.objects[lost]

    (row,) = (await verify_document(workshop.store, document_id)).problems
    repair = await repair_document(workshop.store, await verify_document(workshop.store, document_id))

    assert (row.key, row.stage) == (lost, "extraction")
    assert "no attempt tells how extraction came to its outcome" in str(row.problem)
    assert [key for key, _ in repair.beyond] == [lost]


async def test_an_object_that_does_not_belong_is_named(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    key = f"documents/{document_id}/notes/mine.txt"
    workshop.store.objects[key] = b"hello"

    (row,) = (await verify_document(workshop.store, document_id)).problems

    assert (row.key, row.problem) == (key, "doctrail writes nothing under such a key")


async def test_an_object_copied_to_anothers_place_is_named(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    store = workshop.store
    for folder in ("outcomes", "trail", "runs", "revisions", "results/extraction"):
        own = sorted(key for key in store.objects if key.startswith(f"documents/{document_id}/{folder}/"))
        before = store.objects[own[0]]
        store.objects[own[0]] = store.objects[own[-1]]

        assert own[0] in named(await verify_document(store, document_id)), folder
        store.objects[own[0]] = before


async def rerun(workshop: RememberingWorkshop, repair: Repair) -> None:
    """Send again what a repair asks for, to processes that remember nothing."""
    workshop.restart()
    for again in repair.reruns:
        message = again.message
        if message is None:
            (decided,) = (sent for sent in workshop.inbox if sent.event_id == again.trigger)
            await workshop.drive([decided])
        else:
            sent = Outgoing(message.topic, message.key, message.event_id, message.body.encode())
            await workshop.drive([sent])


async def test_every_derived_object_can_be_damaged_and_is_computed_again_as_it_was() -> None:
    workshop = RememberingWorkshop()
    document_id = await workshop.submit(SURE)
    store = workshop.store
    healthy = dict(store.objects)
    for row in (await verify_document(store, document_id)).rows:
        if not below(row.key, DERIVED) or "/seen/" in row.key:
            continue
        store.objects.update(healthy)
        store.objects[row.key] = healthy[row.key][:-7]

        repair = await repair_document(store, await verify_document(store, document_id))

        assert row.key in repair.quarantined
        assert repair.beyond == ()
        assert any(key.startswith(f"quarantine/{row.key}/") for key in store.objects)
        await rerun(workshop, repair)
        ledger = await verify_document(store, document_id)
        assert named(ledger) == [], row.key
        if not below(row.key, ("outcomes", "replies", "results/reading")):
            assert store.objects[row.key] == healthy[row.key]


async def test_repair_leaves_healthy_documents_alone(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    before = dict(workshop.store.objects)

    repair = await repair_document(workshop.store, await verify_document(workshop.store, document_id))

    assert repair == Repair((), (), ())
    assert workshop.store.objects == before


async def test_a_damaged_decision_is_written_again_from_what_was_handed_in(
    done: tuple[Workshop, str],
) -> None:
    workshop, document_id = done
    store = workshop.store
    (key,) = (key for key in store.objects if "/decisions/" in key)
    for damage in (b"", store.objects[key].replace(b"ann", b"bob")):
        healthy, store.objects[key] = store.objects[key], damage

        repair = await repair_document(store, await verify_document(store, document_id))

        assert repair == Repair((key,), (), ())
        assert store.objects[key] == healthy


async def test_what_can_not_be_recomputed_is_said_and_not_touched(done: tuple[Workshop, str]) -> None:
    workshop, document_id = done
    store = workshop.store
    damaged = [keys.original(document_id), keys.run_slot(document_id, 1)]
    damaged += [key for key in store.objects if "/reviews/" in key]
    for key in damaged:
        store.objects[key] = b"half"

    repair = await repair_document(store, await verify_document(store, document_id))

    told = dict(repair.beyond)
    assert set(damaged) <= set(told)
    assert "submit the file again" in told[keys.original(document_id)]
    assert "restore it from a copy" in told[keys.run_slot(document_id, 1)]
    assert all(store.objects[key] == b"half" for key in damaged)


async def test_a_document_without_bytes_is_named() -> None:
    ledger = await verify_document(Workshop().store, sha256_hex(b"nobody"))

    assert [row.problem for row in ledger.rows] == ["the document's bytes are missing"]


async def test_what_documents_share_is_checked_by_digest() -> None:
    workshop = Workshop()
    await workshop.submit(SURE)
    store = workshop.store
    statement = Statement(at=workshop.now(), what="R1", mark="dev", by="doctrail")
    await Registry(store).append("release", statement)
    ledger = await verify_shared(store)
    assert named(ledger) == []

    for row in ledger.rows:
        key = "registry/release/00000001.json" if row.stage == "registry" else row.key
        data = store.objects[key]
        store.objects[key] = data[:-1]
        assert row.key in named(await verify_shared(store))
        del store.objects[key]
        lost = named(await verify_shared(store))
        assert lost == ([row.key] if row.key.startswith(("bundles/", "models/", "registry/")) else [])
        store.objects[key] = data


class RememberingWorkshop(Workshop):
    """A workshop that keeps what was sent to it from outside, as the bus does."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox: list[Outgoing] = []

    async def drive(self, outgoing: Sequence[Outgoing]) -> None:
        """Keep and deliver."""
        self.inbox += [sent for sent in outgoing if sent not in self.inbox]
        await super().drive(outgoing)
