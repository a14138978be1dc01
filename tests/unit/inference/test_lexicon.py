from __future__ import annotations

from doctypes.definition import DocType, FieldSpec, NotAField
from inference.reading.blocks import from_plain
from inference.reading.lexicon import Lexicon, Meaning, lexicon_of
from schemas.fields import FieldKind

BILL = Lexicon(
    (
        Meaning("number", ("Rechnungs-Nr.", "Rechnung", "N° de facture")),
        Meaning("day", ("Datum", "date")),
        Meaning("due", ("due date", "Fällig am", "échéance")),
        Meaning("buyer", ("Käufer", "Herr*"), party=True),
        Meaning("order", ("Bestell*",)),
    )
)


def found(text: str, lexicon: Lexicon = BILL) -> list[str]:
    document = from_plain(text)
    return [
        f"{lexicon.meanings[m.meaning].name}: {' '.join(document.words[m.first : m.after])}"
        for m in lexicon.mentions(document)
    ]


def test_a_label_is_found_whatever_its_case_accents_and_marks() -> None:
    assert found("RECHNUNGS NR: 7") == ["number: rechnungs nr"]
    assert found("echeance 3.4.2025") == ["due: echeance"]
    assert found("N. de Facture : 12") == ["number: n . de facture"]


def test_of_labels_within_one_another_the_longest_is_meant() -> None:
    assert found("Due date: 3.4.2025") == ["due: due date"]
    assert found("Date: 3.4.2025") == ["day: date"]


def test_a_word_that_only_contains_a_label_is_none() -> None:
    assert found("Verkäufer A") == []
    assert found("Käufer A") == ["buyer: käufer"]


def test_a_star_stands_for_the_rest_of_a_word() -> None:
    assert found("Bestellnummer 5") == ["order: bestellnummer"]
    assert found("Herrn Max Muster") == ["buyer: herrn"]


def test_a_word_that_kerning_tears_in_two_is_still_a_label() -> None:
    assert found("Rech nung 5") == ["number: rech nung"]
    assert found("da tum 5") == []


def test_a_label_does_not_go_on_in_the_next_cell() -> None:
    assert found("due   date") == ["day: date"]


def test_the_same_words_may_mean_two_things() -> None:
    both = Lexicon((Meaning("net", ("Netto",)), Meaning("price", ("Netto",))))

    assert found("Netto 5,00", both) == ["net: netto", "price: netto"]


def test_the_lexicon_of_a_type_holds_its_fields_and_what_else_its_pages_name() -> None:
    doc_type = DocType(
        name="t", title="T", description="", version="1",
        fields=(
            FieldSpec(name="buyer", title="B", description="", kind=FieldKind.PARTY, labels=("Bill to",)),
            FieldSpec(name="silent", title="S", description="", kind=FieldKind.DATE),
        ),
        others=(NotAField(name="ship_to", labels=("Ship to",), party=True),),
    )  # fmt: skip

    assert lexicon_of(doc_type).meanings == (
        Meaning("buyer", ("Bill to",), party=True),
        Meaning("ship_to", ("Ship to",), party=True),
    )
    assert not lexicon_of(doc_type.model_copy(update={"fields": (), "others": ()}))
