from __future__ import annotations

import pytest

from pages.parts import PlacedWord, ReadPage
from pages.quality import Scan, scan_parts, unreadable_part, whole_quality
from pages.soundness import bad_share, is_enciphered, is_mixed
from schemas.layout import NoteKind, QualityPart, TextSource

ENGLISH = "The tenant shall pay the rent on the first day of every month to the landlord or his agent." * 3


def page(number: int, *scores: float) -> ReadPage:
    parts = [
        QualityPart(name=f"part{position}", score=score, measured=f"measured {score}")
        for position, score in enumerate(scores)
    ]
    return ReadPage(number, 612, 792, [], TextSource.OCR, quality=parts)


def test_the_worst_page_weighs_more_than_the_mean() -> None:
    quality = whole_quality([page(1, 1.0), page(2, 0.5, 0.8)])

    assert [found.score for found in quality.pages] == [1.0, 0.4]
    assert quality.score == pytest.approx(0.6 * 0.4 + 0.4 * 0.7)


def test_reasons_name_page_and_measurement_of_what_lowers_the_score() -> None:
    turned = page(2, 0.5)
    turned.note(NoteKind.ROTATED, "page 2 was rotated by 90°, corrected")

    assert whole_quality([page(1, 1.0), turned]).reasons == (
        "page 2 was rotated by 90°, corrected",
        "page 2: measured 0.5",
    )
    assert whole_quality([page(1, 0.5)]).reasons == ("measured 0.5",)


def test_many_pages_with_one_trouble_are_summed_up() -> None:
    reasons = whole_quality([page(number, 0.5) for number in range(1, 10)]).reasons

    assert len(reasons) == 6
    assert reasons[-1] == "the same, less so, on 4 more pages"


def test_a_page_that_could_not_be_read_brings_the_document_down() -> None:
    lost = ReadPage(2, 612, 792, [], TextSource.NATIVE, quality=[unreadable_part()])

    assert whole_quality([page(1, 1.0), lost]).score == 0.2


def test_unsure_words_are_counted_in_words_a_person_understands() -> None:
    confidences = [(0.99, 5)] * 69 + [(0.6, 5)] * 31
    parts = {part.name: part for part in scan_parts(Scan(confidences, 30, 0.8, 0.1))}

    assert parts["unsure_words"].measured == "OCR is unsure of 31 % of words"
    assert parts["unsure_words"].score == pytest.approx(0.74)
    assert parts["skew"].score == 1.0


def test_a_scan_without_text_is_not_a_bad_scan() -> None:
    assert [part.score for part in scan_parts(Scan([], 0, 0, 0))] == [1.0]


def test_garbled_text_is_told_from_text() -> None:
    shifted = "".join(chr(ord(letter) - 29) if letter != " " else letter for letter in ENGLISH)

    assert not is_enciphered(ENGLISH)
    assert not is_enciphered("Der Mieter zahlt die Miete am ersten Werktag eines jeden Monats im Voraus." * 3)
    assert not is_enciphered("KXTV-TV 1234 BMNR")
    assert is_enciphered("Wkh whqdqw vkdoo sdb wkh uhqw rq wkh iluvw gdb ri hyhub prqwk wr wkh odqgorug" * 3)
    assert bad_share(ENGLISH) == 0
    assert is_enciphered(shifted)
    assert bad_share("\ue001\ue002ab") == 0.5


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("\u0410mazon", True),
        ("Amazon", False),
        ("Москва", False),
        ("5µm", False),
        ("Agreement\u037e", False),
        ("k\u03a9", False),
        ("\u0391pple", True),
    ],
)
def test_words_of_two_scripts_are_told_from_units(text: str, mixed: bool) -> None:
    assert is_mixed(text) is mixed


def test_a_word_knows_its_height() -> None:
    assert PlacedWord("x", 0, 2, 1, 5).height == 3
