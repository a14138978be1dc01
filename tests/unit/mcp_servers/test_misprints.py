"""Names that are not the same: a misprint of a known one, or somebody else's."""

from __future__ import annotations

import pytest

from mcp_servers.matching import MATCH, Matcher, Party, Question
from mcp_servers.misprints import judged
from mcp_servers.names import name_of
from mcp_servers.words import Words

WORLD = (
    "Brightwater Engineering Ltd",
    "Brightwood Engineering Ltd",
    "Meier Gartenbau GmbH",
    "Meyer Metallbau GmbH",
    "Keldenfield Trading plc",
    "Keltenfield Optics plc",
    "Lindqvist Aktiebolag",
    "Portfolio 24 Estates Ltd",
    "John A Waterstone",
    "Nordlicht Kommanditgesellschaft",
)


@pytest.fixture(scope="module")
def world() -> Matcher:
    return Matcher([Party((name,)) for name in WORLD])


def found(world: Matcher, name: str) -> str | None:
    at = world.match(Question(name), 5).at
    return None if at is None else WORLD[at]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Brightwater Enginering Ltd", "Brightwater Engineering Ltd"),
        ("Brightwater Engineeering Limited", "Brightwater Engineering Ltd"),
        ("Brigthwater Engineering Ltd", "Brightwater Engineering Ltd"),
        ("Brightwater Engineerimg Ltd", "Brightwater Engineering Ltd"),
        ("Brightvvater Engineering Ltd", "Brightwater Engineering Ltd"),
        ("Bright water Engineering Ltd", "Brightwater Engineering Ltd"),
        ("Engineering Brightwater Ltd", "Brightwater Engineering Ltd"),
        ("Engineering Brightwatr Ltd", "Brightwater Engineering Ltd"),
        ("Meyr Metallbau GmbH", "Meyer Metallbau GmbH"),
        ("Lindqivst", "Lindqvist Aktiebolag"),
        ("Portfolio 24 Estaets Ltd", "Portfolio 24 Estates Ltd"),
    ],
)
def test_one_letter_amiss_is_forgiven_wherever_it_stands(world: Matcher, asked: str, meant: str) -> None:
    assert found(world, asked) == meant


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Brightwater Engineering Ltdd", "Brightwater Engineering Ltd"),
        ("Brightwater Engineering L1d", "Brightwater Engineering Ltd"),
        ("Brightwater EngineeringLtd", "Brightwater Engineering Ltd"),
        ("Meier Gartenbau GmbHH", "Meier Gartenbau GmbH"),
        ("Meier Gartenbau GrnbH", "Meier Gartenbau GmbH"),
        ("Keldenfield Trading lpc", "Keldenfield Trading plc"),
    ],
)
def test_a_misprinted_legal_form_is_that_form(world: Matcher, asked: str, meant: str) -> None:
    assert found(world, asked) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Meyer Gartenbau GmbH",
        "Keltenfield Trading plc",
        "Brightwood Trading plc",
        "Brightwater Optics Ltd",
        "Brightwater Engineering Estates Ltd",
        "Brightwater Ltd",
    ],
)
def test_a_word_that_others_have_is_no_misprint(world: Matcher, asked: str) -> None:
    assert found(world, asked) is None


def test_what_is_as_near_to_another_word_is_not_clearly_a_misprint(world: Matcher) -> None:
    assert found(world, "Kelldenfield Trading plc") == "Keldenfield Trading plc"
    assert found(world, "Kelgenfield Trading plc") is None


@pytest.mark.parametrize(
    "asked",
    [
        "Portfolio 25 Estates Ltd",
        "Portfolio 24B Estates Ltd",
        "John B Waterstone",
        "Nordlicht UK",
        "Nordlicht AG",
    ],
)
def test_numbers_initials_and_forms_must_agree(world: Matcher, asked: str) -> None:
    assert found(world, asked) is None


def test_a_person_may_be_named_without_an_initial_and_a_company_may_not() -> None:
    known = ("Vanessa Truskey L", "Harbour Trading A Ltd")
    world = Matcher([Party((name,)) for name in known])

    assert world.match(Question("Truskey, Vanessa"), 5).at == 0
    assert world.match(Question("Truskey, Vanessa M"), 5).at is None
    assert world.match(Question("Harbour Trading Ltd"), 5).at is None


def test_words_may_stand_in_another_order_but_partners_may_not() -> None:
    world = Matcher([Party(("Smith & Jones Foods Ltd",)), Party(("Joanna Waterstone",))])

    assert world.match(Question("Waterstone, Joanna"), 5).at == 1
    assert world.match(Question("Foods Smith & Jones Ltd"), 5).at == 0
    assert world.match(Question("Jones & Smith Foods Ltd"), 5).at is None


def test_initials_are_one_word_however_they_are_spaced() -> None:
    world = Matcher([Party(("D.I.Y. Kuchai Sdn Bhd",)), Party(("J P Morgan Foods plc",))])

    assert world.match(Question("D. I. Y. (KUCHAI) SDN. BHD."), 5).score == 1.0
    assert world.match(Question("JP Morgan Foods PLC"), 5).score == 1.0


def test_a_letter_twice_is_a_misprint_of_a_short_word_but_not_of_a_number() -> None:
    world = Matcher([Party(("Oak Brook Bank",)), Party(("Meridian Fund II Ltd",))])

    assert world.match(Question("Oakk Brook Bank"), 5).at == 0
    assert world.match(Question("Oat Brook Bank"), 5).at is None
    assert world.match(Question("Meridian Fund III Ltd"), 5).at is None


def test_two_misprinted_words_are_forgiven_and_a_third_is_not() -> None:
    known = name_of("Westerholm Brightwater Engineering Consultants Ltd")
    words = Words([known])

    two = judged(name_of("Westerholm Brightwatr Engineerng Consultants Ltd"), known, words)
    three = judged(name_of("Westerholm Brightwatr Engineerng Consultnts Ltd"), known, words)

    assert two >= MATCH > three


def test_words_within_one_letter_are_found_and_no_others() -> None:
    words = Words([name_of("cart carat crt cat cars card chart tracts art")])

    assert words.near("cart") == {"carat", "crt", "cat", "cars", "card", "chart", "art"}
    assert words.near("acrt") == {"cart", "crt", "art"}
    assert "cart" in words
    assert words.near("") == frozenset()


def test_no_names_have_no_words() -> None:
    assert Words([]).near("cart") == frozenset()
