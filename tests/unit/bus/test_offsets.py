from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.offsets import Progress
from schemas.errors import InvariantError


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Offsets with gaps, and the order they are finished in."""
    offsets = sorted(draw(st.sets(st.integers(0, 200), min_size=1, max_size=30)))
    finished = draw(st.permutations(offsets))
    return offsets, finished[: draw(st.integers(0, len(offsets)))]


@given(orders())
def test_what_may_be_committed_is_exactly_the_unbroken_finished_prefix(
    case: tuple[list[int], list[int]],
) -> None:
    offsets, finished = case
    progress = Progress()
    for offset in offsets:
        progress.take(offset)
    for offset in finished:
        progress.finish(offset)
    prefix = []
    for offset in offsets:
        if offset not in finished:
            break
        prefix.append(offset)

    assert progress.committable == (prefix[-1] + 1 if prefix else None)
    assert progress.unfinished == (len(finished) < len(offsets))
    assert progress.outstanding == len(offsets)


@given(st.data(), orders())
def test_commits_in_between_change_nothing_but_what_is_outstanding(
    data: st.DataObject, case: tuple[list[int], list[int]]
) -> None:
    offsets, finished = case
    with_commits, without = Progress(), Progress()
    committed: list[int] = []
    for offset in offsets:
        with_commits.take(offset)
        without.take(offset)
    for offset in finished:
        with_commits.finish(offset)
        without.finish(offset)
        if data.draw(st.booleans()) and with_commits.committable is not None:
            committed.append(with_commits.committable)
            with_commits.committed(committed[-1])

    assert committed == sorted(set(committed))
    last = committed[-1] if committed else 0
    assert (with_commits.committable or last) == (without.committable or 0)
    assert with_commits.outstanding == len([offset for offset in offsets if offset >= last])


def test_an_offset_that_does_not_follow_is_an_error_of_the_bus() -> None:
    progress = Progress()
    progress.take(5)

    with pytest.raises(InvariantError, match="offset 5 was taken after offset 5"):
        progress.take(5)


def test_a_commit_confirmed_late_leaves_what_was_finished_since() -> None:
    progress = Progress()
    for offset in (1, 2, 3):
        progress.take(offset)
    progress.finish(1)
    first = progress.committable
    progress.finish(2)
    progress.committed(first or 0)

    assert (first, progress.committable, progress.outstanding) == (2, 3, 2)
