from __future__ import annotations

import pytest

from inference.extractor.labels import Hearing
from inference.extractor.ranker import candidates_by_kind
from inference.reading.blocks import from_plain
from inference.reading.lexicon import NO_LABELS, Lexicon, Meaning
from inference.reading.values import DayOrder
from schemas.fields import FieldKind

BILL = Lexicon(
    (
        Meaning("day", ("Date", "dated")),
        Meaning("due", ("Due date", "pay by")),
        Meaning("seller", ("Seller", "Supplier"), party=True),
        Meaning("buyer", ("Bill to",), party=True),
        Meaning("order", ("Order",)),
    )
)
ORDER = DayOrder(True, known=True)


def heard(text: str, kind: FieldKind, lexicon: Lexicon = BILL) -> tuple[list[str], Hearing]:
    document = from_plain(text)
    candidates = candidates_by_kind(document, [kind], ORDER, lexicon)[kind]
    return [document.text[s.start : s.end] for s in candidates.spans], candidates.described.hearing


@pytest.mark.parametrize(
    "text",
    ["Due date: 03.04.2025", "Due date     03.04.2025", "Due date\n03.04.2025"],
)
def test_a_label_before_beside_or_above_a_value_names_it(text: str) -> None:
    values, hearing = heard(text, FieldKind.DATE)
    own, other = hearing.strengths("due")

    assert values == ["03.04.2025"]
    assert own[0] > 1
    assert other[0] == 0


def test_the_nearest_label_speaks_loudest() -> None:
    _, hearing = heard("Order 77 dated 03.04.2025", FieldKind.DATE)
    own, other = hearing.strengths("day")

    assert own[0] > other[0] > 0


def test_a_label_in_running_text_speaks_lower_than_one_alone_in_its_cell() -> None:
    _, alone = heard("Date\n03.04.2025", FieldKind.DATE)
    _, lost = heard("we agreed on a date for all that is still open\n03.04.2025", FieldKind.DATE)

    assert alone.strengths("day")[0][0] > lost.strengths("day")[0][0]


def test_what_stands_below_a_party_s_heading_is_of_its_section_until_the_next() -> None:
    text = "Seller:\nAlpha Ltd\n1 High Street\nBill to:\nBeta Ltd"
    values, hearing = heard(text, FieldKind.PARTY)
    sections = dict(zip(values, hearing.sections("seller").tolist(), strict=True))

    assert sections["Alpha Ltd"] == 1
    assert sections["Beta Ltd"] == -1


def test_a_label_is_no_name() -> None:
    values, _ = heard("Bill to\nBeta Ltd", FieldKind.PARTY)

    assert "Bill to" not in values
    assert "Beta Ltd" in values


def test_a_type_without_labels_is_described_as_ever() -> None:
    values, hearing = heard("Bill to\nBeta Ltd", FieldKind.PARTY, NO_LABELS)

    assert "Bill to" in values
    assert hearing.voices == {}
    assert not hearing.names("buyer")
