from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ops.words import about, abridged, clock, dollars, duration, minute, number_of_bytes, several


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "< 1 ms"),
        (0.012, "12 ms"),
        (0.24, "0.24 s"),
        (1.94, "1.9 s"),
        (61, "61.0 s"),
        (120, "2 min"),
        (3600, "1 h 00 min"),
        (3 * 86_400 + 7200, "3 d 2 h"),
    ],
)
def test_a_duration_is_told_in_the_unit_a_person_would_use(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2634, "0.26 s"), (86.3, "86 s"), (99.6, "2 min"), (123.0, "2 min"), (9000, "2 h 30 min")],
)
def test_what_is_only_typical_is_told_to_two_digits_and_never_as_a_power_of_ten(
    seconds: float, expected: str
) -> None:
    assert about(seconds) == expected


@pytest.mark.parametrize(("size", "expected"), [(9, "9 B"), (48_213, "48.2 kB"), (2_500_000, "2.5 MB")])
def test_a_size_is_told_in_decimal_units(size: int, expected: str) -> None:
    assert number_of_bytes(size) == expected


def test_times_are_told_in_utc_whatever_zone_they_came_in() -> None:
    at = datetime(2026, 11, 21, 13, 3, 7, 250_000, tzinfo=timezone(timedelta(hours=1)))

    assert minute(at) == "2026-11-21 12:03 UTC"
    assert clock(at, datetime(2026, 11, 21, tzinfo=UTC)) == "12:03:07.250"
    assert clock(at, datetime(2026, 11, 20, tzinfo=UTC)) == "2026-11-21 12:03:07.250"


def test_a_price_nobody_knows_is_not_zero() -> None:
    assert [dollars(None), dollars(0.0), dollars(0.01234)] == ["cost unknown", "$0", "$0.0123"]


def test_whole_digests_are_abridged_and_nothing_else() -> None:
    assert abridged(f"local:{'ab' * 32} 12345678") == "local:abababab 12345678"


def test_one_thing_is_not_told_in_the_plural() -> None:
    assert [several(1, "try", "tries"), several(2, "try", "tries"), several(0, "page")] == [
        "1 try",
        "2 tries",
        "0 pages",
    ]
