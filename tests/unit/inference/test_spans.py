from __future__ import annotations

import pytest

from inference.reading.blocks import from_plain
from inference.reading.patterns import SLASHED
from inference.reading.pieces import LONG, matches, matches_around, searched, text_of
from inference.reading.spans import MOST_SPANS, find_spans, order_in
from inference.reading.values import DayOrder
from inference.reading.wording import law_runs
from schemas.fields import FieldKind

ORDER = DayOrder(True, known=True)


def found(kind: FieldKind, text: str) -> set[str]:
    document = from_plain(text)
    return {text_of(document, span.pieces) for span in find_spans(document, kind, ORDER)}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.DATE, "issued 17/11/2017 at noon", "17/11/2017"),
        (FieldKind.DATE, "dated the 1st day of May 2014", "1st day of May 2014"),
        (FieldKind.DATE, "on March 3, 2025 in", "March 3, 2025"),
        (FieldKind.DATE, "le 3 février 2021", "3 février 2021"),
        (FieldKind.DATE, "am 03.04.2014", "03.04.2014"),
        (FieldKind.DATE, "Flight 02/26/20-03/03/20", "03/03/20"),
        (FieldKind.DATE, "Dates: Feb13/20 - Feb14/20", "Feb14/20"),
        (FieldKind.PARTY, "Agency: Acme Advertiser: Jane Roe 2020, Market: Leeds", "Jane Roe 2020"),
        (FieldKind.PARTY, "Advertiser POL/Jane Roe/Senate/Dem Invoice Date", "POL/Jane Roe/Senate/Dem"),
        (FieldKind.PARTY, "Advertiser Friends of Jane Roe", "Friends of Jane Roe"),
        (FieldKind.PARTY, "Jane Roe for Mayor 03/03/20 03/04/20", "Jane Roe for Mayor"),
        (FieldKind.MONEY, "Total: $1,980.00 due", "$1,980.00"),
        (FieldKind.MONEY, "Summe 1.980,00 EUR", "1.980,00 EUR"),
        (FieldKind.MONEY, "RM9.00", "RM9.00"),
        (FieldKind.PERCENTAGE, "VAT 19 % of", "19 %"),
        (FieldKind.DURATION, "for twelve (12) months from", "twelve (12) months"),
        (FieldKind.DURATION, "of one hundred and eighty (180) months", "one hundred and eighty (180) months"),
        (FieldKind.CURRENCY, "Total 9.00 CHF", "CHF"),
        (FieldKind.CURRENCY, "a price of U.S. $1,500.00", "U.S. $"),
        (FieldKind.IDENTIFIER, "IBAN: DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        (FieldKind.IDENTIFIER, "Invoice RE-2021/17", "RE-2021/17"),
        (FieldKind.PARTY, "AEON CO. (M) BHD (126926-H)", "AEON CO. (M) BHD"),
        (FieldKind.PARTY, "Val d'Or SAS · Flat 2, 4 Mill Road · Leeds", "Val d'Or SAS"),
        (
            FieldKind.PARTY,
            "Book Shop\nof the Old Town\nSdn Bhd\n12 High Street",
            "Book Shop\nof the Old Town\nSdn Bhd",
        ),
        (FieldKind.PARTY, "between Oak Hill LLC and Mary Poe", "Oak Hill LLC and Mary Poe"),
        (FieldKind.JURISDICTION, "governed by the laws of Scotland.\nAS WITNESS the hands", "Scotland"),
        (FieldKind.ADDRESS, "Acme\n12 High Street\nLeeds LS1 4AB\nTotal", "12 High Street\nLeeds LS1 4AB"),
        (
            FieldKind.TEXT,
            "owns the bakery carried on as Crumb (the “Business”)",
            "the bakery carried on as Crumb",
        ),
        (
            FieldKind.TEXT,
            "“Shares” means 100% of the shares in Crumb Ltd;",
            "100% of the shares in Crumb Ltd",
        ),
        (FieldKind.TEXT, "sells the shop in Leeds (the\n“Business”)", "the shop in Leeds"),
        (FieldKind.PRESENCE, "Signed by Mary Poe", "Signed by Mary Poe"),
        (FieldKind.QUANTITY, "300 square feet", "300 square feet"),
        (FieldKind.NUMBER, "No. of pages 12", "12"),
        (FieldKind.PERSON, "Name: Mary Poe", "Mary Poe"),
    ],
)
def test_a_value_of_each_kind_is_proposed(kind: FieldKind, text: str, value: str) -> None:
    assert value in found(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.DATE, "{}MARCH 3, 2025", "MARCH 3, 2025"),
        (FieldKind.DATE, "{}\u017feptember 3, 2025", "\u017feptember 3, 2025"),
        (FieldKind.DURATION, "{}Twelve months", "Twelve months"),
        (FieldKind.DURATION, "{}\u017fixty days", "\u017fixty days"),
    ],
)
def test_a_word_is_looked_for_at_its_beginning_in_either_case(kind: FieldKind, text: str, value: str) -> None:
    assert found(kind, text.format("")) == found(kind, text.format("on ")) == {value}
    assert value not in found(kind, text.format("x"))


def test_numbers_within_longer_ones_are_no_dates() -> None:
    assert found(FieldKind.DATE, "117/11/2017.5 and 1.17/11/2017, no. 4711 May 2014") == set()


def test_a_pattern_that_needs_a_mark_is_looked_for_on_the_lines_that_have_it() -> None:
    text = "Jane Roe\nfor POL/Jane Roe/Senate\tand/or A/B\n/\nJim Poe\nTo Poe/House"
    around = [match.group() for match in matches_around("/", SLASHED, text)]
    assert around == [match.group() for match in matches(SLASHED, text)]
    assert around == ["POL/Jane Roe/Senate", "A/B", "To Poe/House"]


def test_what_is_no_value_of_the_kind_is_not_proposed() -> None:
    assert found(FieldKind.DATE, "ratio 99/99/9999, room 12") == set()
    assert found(FieldKind.CURRENCY, "EUROPE") == set()


def test_quotes_are_the_characters_as_printed_and_lines_are_named() -> None:
    document = from_plain("Acme\n12 High Street\nLeeds LS1 4AB")
    spans = find_spans(document, FieldKind.ADDRESS, ORDER)
    two = next(s for s in spans if text_of(document, s.pieces) == "12 High Street\nLeeds LS1 4AB")

    assert [document.segments[piece.segment].line for piece in two.pieces] == ["1.2", "1.3"]


def test_a_document_proves_its_own_order_of_day_and_month() -> None:
    assert order_in(from_plain("11/17/2017 and 03/04/2017"), learned=True) == DayOrder(False, known=True)


def test_without_proof_the_learned_order_holds() -> None:
    assert order_in(from_plain("03/04/2017"), learned=False) == DayOrder(False, known=True)
    assert order_in(from_plain("03/04/2017"), learned=None).known is False


def test_candidates_of_a_long_document_are_bounded() -> None:
    document = from_plain("\n".join(f"amount {n}.00" for n in range(5000)))

    assert len(find_spans(document, FieldKind.MONEY, ORDER)) <= MOST_SPANS


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldKind.ADDRESS, "9" * 100_000),
        (FieldKind.TEXT, "A" * 100_000),
        (FieldKind.TEXT, "A." * 50_000),
        (FieldKind.DURATION, "one hundred " * 9_000),
        (FieldKind.DURATION, "5" + "\u00a0" * 100_000 + "x"),
        (FieldKind.PARTY, "A" * 100_000 + " x/ y"),
        (FieldKind.PARTY, "x: " + "A" * 100_000),
        (FieldKind.PARTY, "x" + ":" * 100_000),
        (FieldKind.PARTY, "abcdef" + "(" * 100_000),
    ],
)
def test_a_line_that_is_one_long_run_is_searched_once(kind: FieldKind, text: str) -> None:
    """Tried again from each of its characters, such a line takes minutes."""
    assert len(found(kind, text)) <= 1


@pytest.mark.parametrize(
    ("kind", "run", "value"),
    [
        (FieldKind.TEXT, "A" * 40 + "/", "12 High Street"),
        (FieldKind.TEXT, "9" * 40 + "/", "12 High Street"),
        (FieldKind.PARTY, "A" * 40 + " ", "Jane/Roe"),
        (FieldKind.DURATION, "one hundred " * 40 + "x ", "two days"),
    ],
)
def test_what_stands_behind_a_long_run_is_found(kind: FieldKind, run: str, value: str) -> None:
    assert any(one.endswith(value) for one in found(kind, run + value))


def test_of_a_line_of_labels_each_is_looked_for_once() -> None:
    text = "A:" * 50_000 + " Agency: Acme Advertiser: Jane Roe 2020, Market: Leeds"

    assert {"Jane Roe 2020", "Leeds"} < found(FieldKind.PARTY, text)
    assert len(found(FieldKind.PARTY, text)) < 200


def test_a_place_behind_several_words_about_law_is_proposed_once() -> None:
    cues = 5_000
    proposed = [pieces for pieces, _ in law_runs(from_plain("law Abc Def " * cues))]

    assert len(proposed) <= 2 * cues, "the run behind each word, and one that is cut"


def test_of_a_very_long_text_both_ends_are_searched() -> None:
    text = "x" * (3 * LONG)

    assert searched("short") == ((0, 5),)
    assert searched(text) == ((0, 2 * LONG // 3), (len(text) - LONG // 3, len(text)))


def test_a_clause_is_a_sentence_over_its_lines_and_a_line_that_ends_early_ends_it() -> None:
    first = (
        "Neither party may assign this Agreement without the prior written consent of the other, which\n"
        "shall not be withheld."
    )
    second = "Either party may terminate this Agreement at any time by written notice."

    assert found(FieldKind.PRESENCE, f"{first} {second}\nBy: /s/ Jane Roe\nDate: today") == {
        first,
        second,
        "By: /s/ Jane Roe",
        "Date: today",
    }
