from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from bus.protocol import Partition, Record
from bus.window import Owned, Slot, Window
from tests.contract.bus.support import AT, TOPIC


def record(partition: int, offset: int, key: str = "") -> Record:
    return Record(TOPIC, partition, offset, key, b"", AT)


def ready(window: Window, *partitions: int) -> list[Owned]:
    made = [Owned(Partition(TOPIC, number), ready=True) for number in partitions]
    window.partitions.update({owned.partition: owned for owned in made})
    return made


def offsets(slots: list[Slot]) -> list[int]:
    return [slot.record.offset for slot in slots]


@given(st.data())
def test_whatever_the_order_of_finishing_keys_are_alone_and_in_order_and_bounds_hold(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(1, 5))
    window = Window(size)
    owned = ready(window, 0, 1)
    keys = data.draw(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("abc")), max_size=30))
    records = [record(p, n, f"{key}{p}") for n, (p, key) in enumerate(keys)]
    window.admit(records)
    running: list[Slot] = []
    seen: dict[str, list[int]] = defaultdict(list)

    def begin(slot: Slot) -> None:
        assert slot.record.key not in {other.record.key for other in running}
        seen[slot.record.key].append(slot.record.offset)
        running.append(slot)

    for _ in range(3 * len(records) + 1):
        for slot in window.start(size - window.in_flight):
            begin(slot)
        assert window.in_flight <= size
        assert all(each.progress.outstanding <= size for each in owned)
        if not running:
            break
        slot = running.pop(data.draw(st.integers(0, len(running) - 1)))
        follower = window.finish(slot, done=True)
        if follower is not None:
            begin(follower)
        for each in owned:
            if each.progress.committable is not None and data.draw(st.booleans()):
                each.progress.committed(each.progress.committable)
        if not running:
            for each in owned:
                each.progress.committed(each.progress.committable or 0)

    assert sorted(offset for order in seen.values() for offset in order) == list(range(len(records)))
    assert all(order == sorted(order) for order in seen.values())
    assert window.idle


def test_records_without_a_key_do_not_wait_for_each_other() -> None:
    window = Window(4)
    ready(window, 0)
    window.admit([record(0, n) for n in range(3)])

    assert offsets(list(window.start(4))) == [0, 1, 2]


def test_nothing_is_started_before_the_guard_has_looked() -> None:
    window = Window(4)
    (owned,) = ready(window, 0)
    owned.ready = False
    window.admit([record(0, 1)])
    before = list(window.start(4))
    owned.ready = True

    assert before == []
    assert offsets(list(window.start(4))) == [1]


def test_suspects_are_handed_out_one_by_one_and_what_came_later_side_by_side() -> None:
    window = Window(8)
    (owned,) = ready(window, 0)
    owned.suspects, owned.suspect_end = 8, 2
    window.admit([record(0, n) for n in range(5)])
    first = list(window.start(8))
    nothing = list(window.start(8))
    window.finish(first[0], done=True)
    second = list(window.start(8))
    window.finish(second[0], done=True)
    rest = list(window.start(8))

    assert [(s.record.offset, s.alone) for s in [*first, *nothing, *second]] == [(0, True), (1, True)]
    assert [(s.record.offset, s.alone) for s in rest] == [(2, False), (3, False), (4, False)]


def test_no_more_suspects_than_the_dead_owner_could_have_had_in_hand() -> None:
    window = Window(8)
    (owned,) = ready(window, 0)
    owned.suspects, owned.suspect_end = 1, 100
    window.admit([record(0, n) for n in range(3)])
    (first,) = window.start(8)
    rest = list(window.start(8))

    assert first.alone
    assert [s.alone for s in rest] == [False, False]


def test_a_revoked_partition_starts_nothing_and_its_waiting_messages_are_dropped() -> None:
    window = Window(8)
    ready(window, 0, 1)
    window.admit([record(0, 0, "k"), record(1, 0, "k"), record(1, 1, "k")])
    (slot,) = window.start(8)
    lost = window.revoke([Partition(TOPIC, 1 - slot.owned.partition.number), Partition(TOPIC, 9)])
    window.admit([record(lost[0].partition.number, 7, "z")])
    dropped = window.finish(slot, done=True)

    assert dropped is None or dropped.owned is slot.owned
    assert [owned.revoked for owned in lost] == [True]
    assert not lost[0].queue
    assert not lost[0].in_hand


def test_an_abandoned_message_keeps_its_partition_from_committing_past_it() -> None:
    window = Window(8)
    (owned,) = ready(window, 0)
    window.admit([record(0, 0), record(0, 1)])
    first, second = window.start(8)
    window.finish(first, done=False)
    window.finish(second, done=True)

    assert owned.progress.committable is None
    assert window.in_flight == 0
