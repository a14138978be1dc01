from __future__ import annotations

from store.unanswered import Unanswered


def test_what_was_put_under_a_key_is_kept_in_order_and_once() -> None:
    puts = Unanswered()
    for key, data in (("a", b"1"), ("b", b"2"), ("a", b"3"), ("a", b"1")):
        puts.note(key, data)

    assert (list(puts.of("a")), list(puts.of("b")), list(puts.of("c"))) == ([b"1", b"3"], [b"2"], [])


def test_a_key_whose_object_is_known_is_forgotten() -> None:
    puts = Unanswered()
    puts.note("a", b"1")
    puts.note("b", b"2")
    puts.forget("a")

    assert (list(puts.of("a")), list(puts.of("b"))) == ([], [b"2"])


def test_beyond_its_bytes_the_oldest_puts_are_forgotten_and_what_is_too_large_is_not_kept() -> None:
    puts = Unanswered(most=10)
    for number in range(5):
        puts.note(f"key {number}", b"1234")
    puts.note("huge", b"12345678901")

    assert [number for number in range(5) if puts.of(f"key {number}")] == [3, 4]
    assert list(puts.of("huge")) == []
