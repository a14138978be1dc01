from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctypes.forms.dates import find_dates
from doctypes.normalise import compare, infer_day_first, normalise
from samples.printed import CONTRACT_DATES, print_date
from schemas.fields import FieldKind

DATE = FieldKind.DATE


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2014-05-01", "2014-05-01"),
        ("2014/05/01", "2014-05-01"),
        ("2014.5.1", "2014-05-01"),
        ("20140501", "2014-05-01"),
        ("2014年5月1日", "2014-05-01"),
        ("25/12/2018", "2018-12-25"),
        ("12/25/2018", "2018-12-25"),
        ("25-12-18", "2018-12-25"),
        ("25 12 2018", "2018-12-25"),
        ("25 /12/ 2018", "2018-12-25"),
        ("25/12/2018 14:33:12", "2018-12-25"),
        ("25-12-2018 9:05PM", "2018-12-25"),
        ("03.04.2018", "2018-04-03"),
        ("31.12.2019.", "2019-12-31"),
        ("10/10/2018", "2018-10-10"),
        ("1 May 2014", "2014-05-01"),
        ("1st day of May 2014", "2014-05-01"),
        ("1st day of May, 2014", "2014-05-01"),
        ("first day of May, 2014", "2014-05-01"),
        ("twenty-first day of June, 2015", "2015-06-21"),
        ("(1st) day of January, 1996", "1996-01-01"),
        ("27t h day of March, 2017", "2017-03-27"),
        ("May 1, 2014", "2014-05-01"),
        ("May 1st, 2014", "2014-05-01"),
        ("December the 5th, 2020", "2020-12-05"),
        ("JAN 3, 18", "2018-01-03"),
        ("29 MAR 18", "2018-03-29"),
        ("05/APR/2018", "2018-04-05"),
        ("Apr16/20", "2020-04-16"),
        ("1 Jan '19", "2019-01-01"),
        ("2018-Mar-05", "2018-03-05"),
        ("Mon 5 Jun 2017", "2017-06-05"),
        ("1. März 2021", "2021-03-01"),
        ("3. Jänner 2022", "2022-01-03"),
        ("1er mars 2021", "2021-03-01"),
        ("le 14 août 2021", "2021-08-14"),
        ("23 février 2020", "2020-02-23"),
        ("1 de mayo de 2014", "2014-05-01"),
        ("15 dicembre 2020", "2020-12-15"),
        ("5/12/1999", None),
        ("\uff15/\uff11\uff12/\uff12\uff10\uff11\uff18", None),
        ("01/02/03", None),
        ("May 2014", None),
        ("30/02/2018", None),
        ("25032018", None),
        ("March ___, 1999", None),
        ("this 3rd day of the month", None),
        ("", None),
    ],
)
def test_a_printed_date_becomes_its_iso_day_or_nothing(printed: str, day: str | None) -> None:
    assert normalise(DATE, printed).value == day


@pytest.mark.parametrize("printed", ["03/04/2018", "12-01-19", "5/12/1999"])
def test_a_date_with_two_readings_is_flagged_and_never_converted(printed: str) -> None:
    found = normalise(DATE, printed)

    assert found.value is None
    assert found.ambiguous
    assert "day or month first" in found.notes[0]


def test_a_declared_order_decides_and_says_so() -> None:
    assert normalise(DATE, "03/04/2018", day_first=True).value == "2018-04-03"
    assert normalise(DATE, "03/04/2018", day_first=False).value == "2018-03-04"
    assert normalise(DATE, "03/04/2018", day_first=True).notes == ("read with the day first",)


def test_a_declared_order_never_overrules_the_only_possible_reading() -> None:
    assert normalise(DATE, "12/25/2018", day_first=True).value == "2018-12-25"
    assert normalise(DATE, "25/12/2018", day_first=False).value == "2018-12-25"


@pytest.mark.parametrize(
    ("printed", "calendar"),
    [
        ("15 Ramadan 1445", "Hijri"),
        ("15/09/1445", "Hijri"),
        ("1445/09/15 هـ", "Hijri"),
        ("12/05/2567", "Buddhist"),
        ("12 May B.E. 2567", "Buddhist"),
        ("令和5年4月1日", "Japanese era"),
        ("R5.4.1", "Japanese era"),
        ("Heisei 30 March 3", "Japanese era"),
        ("5 Nisan 5783", "Hebrew"),
        ("5/7/5783", "Hebrew"),
        ("13 Farvardin 1400", "Persian"),
        ("民國112年5月1日", "Minguo"),
        ("1 May 1066", "no known calendar"),
    ],
)
def test_dates_of_other_calendars_are_flagged_and_never_converted(printed: str, calendar: str) -> None:
    found = normalise(DATE, printed)

    assert found.value is None
    assert calendar in found.notes[0]


def test_two_days_in_one_text_are_no_date() -> None:
    found = normalise(DATE, "1 May 2014 to 30 April 2015")

    assert (found.value, found.ambiguous) == (None, True)


@pytest.mark.parametrize(
    "printed",
    [
        "01.02.2020 - 03.04.2020",
        "01/02/2020 - 03/04/2020",
        "01-02-2020-03-04-2020",
        "2020-02-01 - 2020-04-03",
        "2020-02-01-2020-04-03",
    ],
)
def test_a_span_of_days_is_no_day_made_of_the_end_of_one_and_the_beginning_of_the_other(printed: str) -> None:
    found = normalise(DATE, printed, day_first=True)

    assert (found.value, found.notes) == (None, ("several dates",))


def test_a_year_before_another_date_is_no_year_of_it() -> None:
    assert normalise(DATE, "2020 / 6/5/2021", day_first=True).value == "2021-05-06"


def test_a_span_of_days_proves_the_order_of_its_dates() -> None:
    assert infer_day_first(["13/01/2020 - 15/02/2020"]) is True
    assert infer_day_first(["01/13/2020 - 02/15/2020"]) is False


@pytest.mark.parametrize(
    "printed", ["1 May 2014 to 30/04/2015", "30/04/2015 (was May 1, 2014)", "2014-05-01 - 30 April 2015"]
)
def test_two_days_in_two_forms_are_no_date_either(printed: str) -> None:
    assert normalise(DATE, printed).notes == ("several dates",)


def test_the_same_day_twice_is_one_date() -> None:
    assert normalise(DATE, "1 May 2014 (1 May 2014)").value == "2014-05-01"
    assert normalise(DATE, "2014-05-01 (01/05/2014), 1st May 2014").value == "2014-05-01"


def test_a_document_proves_the_order_of_its_dates_by_the_days_beyond_twelve() -> None:
    assert infer_day_first(["03/04/2017", "17/11/2017"]) is True
    assert infer_day_first(["03/04/2017", "11/17/2017"]) is False
    assert infer_day_first(["03/04/2017", "1 May 2014"]) is None
    assert infer_day_first(["17/11/2017", "11/17/2017"]) is None


def test_dates_compare_by_their_day() -> None:
    assert compare(DATE, "1st May 2014", "2014-05-01")
    assert not compare(DATE, "2 May 2014", "2014-05-01")
    assert compare(DATE, "03/04/2018", "03/04/2018")
    assert not compare(DATE, "03/04/2018", "2018-04-03")
    assert compare(DATE, "03/04/2018", "2018-04-03", day_first=True)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2150, 12, 31)), st.sampled_from(CONTRACT_DATES))
def test_every_day_is_read_back_from_every_contract_style(day: date, style: str) -> None:
    assert normalise(DATE, print_date(day, style)).value == day.isoformat()


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2150, 12, 31)), st.sampled_from(["en", "de", "fr"]))
def test_every_day_is_read_back_from_every_language(day: date, language: str) -> None:
    assert normalise(DATE, print_date(day, "d month y", language)).value == day.isoformat()


@settings(deadline=None)
@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from("/-."), st.booleans(), st.booleans())
def test_figures_are_read_back_in_the_declared_order(
    day: date, mark: str, short: bool, day_first: bool
) -> None:
    year = f"{day.year % 100:02d}" if short else f"{day.year}"
    first, second = (day.day, day.month) if day_first else (day.month, day.day)

    printed = f"{first:02d}{mark}{second:02d}{mark}{year}"

    expected = day
    if mark == "." and day.day <= 12 and not day_first:
        # Points are written with the day first, whoever declares what.
        expected = date(day.year, day.day, day.month)
    assert normalise(DATE, printed, day_first=day_first).value == expected.isoformat()


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_search_for_dates_fail(text: str) -> None:
    for printed in find_dates(text):
        assert printed.day_first is None or 1700 <= printed.day_first.year <= 2200


_PIECES = st.sampled_from(
    [
        "1",
        "12",
        "2014",
        "/",
        ".",
        "-",
        " ",
        "first",
        "twenty-first",
        "Tenth",
        "day of",
        "March",
        "th",
        "at 9:30",
        "'",
        "`17",
        "x",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=9).map(" ".join) | st.lists(_PIECES, max_size=9).map("".join))
def test_a_line_that_is_not_looked_at_for_the_order_holds_no_date(line: str) -> None:
    """A line without numbers like a date's is passed over: a look would prove nothing either."""
    printed = find_dates(line)
    proved = {
        one.day_first is not None for one in printed if (one.day_first is None) != (one.month_first is None)
    }

    assert infer_day_first([line]) == (proved.pop() if len(proved) == 1 else None)
