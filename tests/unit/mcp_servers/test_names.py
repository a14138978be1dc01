"""Names of companies: what counts, and what does not."""

from __future__ import annotations

import pytest

from mcp_servers.matching import MATCH, Matcher, Party, Question
from mcp_servers.names import likeness, name_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harbour Furniture Ltd", "HARBOUR FURNITURE LIMITED"),
        ("Nordlicht Werkzeuge GmbH", "Nordlicht Werkzeuge Gesellschaft mit beschränkter Haftung"),
        ("Société Clairval S.A.R.L.", "Societe Clairval SARL"),
        ("Müller & Söhne KG", "MÜLLER UND SÖHNE KG"),
        ("Acme S.p.A.", "ACME SPA"),
        ("O'Donnell Foods plc", "O’Donnell Foods PLC"),
    ],
)
def test_spelling_of_form_accents_case_and_joining_words_do_not_count(one: str, other: str) -> None:
    assert likeness(name_of(one), name_of(other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nordlicht Werkzeuge GmbH", "Nordlicht Werkzeuge AG"),
        ("Immobilien 24 GmbH", "Immobilien 25 GmbH"),
        ("Harbour Furniture Ltd", "Harbour Catering Ltd"),
        ("Meyer Bau GmbH", "Meier Bau GmbH"),
        ("", "Harbour Furniture Ltd"),
    ],
)
def test_another_form_number_or_word_is_another_company(one: str, other: str) -> None:
    assert likeness(name_of(one), name_of(other)) < MATCH


def test_a_name_without_its_form_may_be_either_company_of_that_name() -> None:
    found = Matcher([Party(("Nordlicht GmbH",)), Party(("Nordlicht AG",))])

    assert found.match(Question("Nordlicht"), 5).status == "ambiguous"
    assert found.match(Question("Nordlicht AG"), 5).at == 1


def test_a_misread_letter_is_forgiven() -> None:
    found = Matcher([Party(("Brightwater Engineering Ltd",))])

    assert found.match(Question("Brightvvater Engineering Ltd"), 5).status == "match"
    assert found.match(Question("Brightwater Enginering"), 5).status == "match"


def test_who_is_like_nobody_is_no_match_and_the_nearest_are_told() -> None:
    found = Matcher([Party(("Brightwater Engineering Ltd",))]).match(Question("Brightwood Catering Ltd"), 5)

    assert (found.status, found.at) == ("no_match", None)
    assert "is needed" in found.reason


def test_a_world_without_anybody_matches_nobody() -> None:
    assert Matcher([]).match(Question("Anybody Ltd"), 5).status == "no_match"


def test_an_identifier_of_another_name_is_a_conflict_and_a_wrong_one_is_ignored() -> None:
    known = Party(("Nordlicht Werkzeuge GmbH",), "DE", (("vat", "DE136695976"),))
    matcher = Matcher([known, Party(("Harbour Furniture Ltd",), "GB")])

    other = matcher.match(Question("Harbour Furniture Ltd", identifiers={"vat": "DE 136 695 976"}), 5)
    wrong = matcher.match(Question("Harbour Furniture Ltd", identifiers={"vat": "DE136695977"}), 5)

    assert (other.status, other.at) == ("conflict", None)
    assert (wrong.status, wrong.at) == ("match", 1)
    assert wrong.ignored == ("vat: its check digits are wrong",)


def test_an_identifier_that_two_have_is_ambiguous_however_few_are_asked_for() -> None:
    twins = Matcher([Party((name,), "DE", (("vat", "DE136695976"),)) for name in ("Alpha", "Beta")])
    question = Question("", None, {"vat": "DE136695976"})

    found = [twins.match(question, limit) for limit in (1, 5)]

    assert [(one.status, one.at, len(one.near)) for one in found] == [
        ("ambiguous", None, 1),
        ("ambiguous", None, 2),
    ]


def test_a_company_number_is_one_of_its_own_country() -> None:
    world = Matcher([Party(("Nordic Trading Ltd",), "GB", (("company", "12345678"),))])

    def asked(country: str | None) -> str:
        return world.match(Question("Nordic Trade", country, {"company": "12345678"}), 5).status

    assert [asked(country) for country in ("gb", None, "IE")] == ["match", "match", "no_match"]


def test_a_country_tells_namesakes_apart() -> None:
    matcher = Matcher([Party(("Meridian Foods Ltd",), "GB"), Party(("Meridian Foods Limited",), "IE")])

    assert matcher.match(Question("Meridian Foods Ltd"), 5).status == "ambiguous"
    assert matcher.match(Question("Meridian Foods Ltd", "IE"), 5).at == 1
