"""People, companies and addresses that do not exist, by land."""

from __future__ import annotations

import functools
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.sample import chance


@dataclass(frozen=True, slots=True)
class Country:
    """What documents of a country look like.

    Attributes:
        code: ISO 3166.
        currency: ISO 4217.
        signs: Ways its money is printed in English text, ``{}`` standing for the amount.
        plain_sign: One more way, which does not name the currency without doubt ("" if there is none).
        laws: What governing-law clauses name.
        cities: (city, postal code pattern, region); ``#`` is a digit, ``@`` a letter.
        streets: Street names; the house number goes before them unless ``number_last``.
        first: Given names.
        last: Family names.
        legal_forms: Suffixes of companies.
        letter: Whether paper is US letter.
    """

    code: str
    currency: str
    signs: tuple[str, ...]
    plain_sign: str
    laws: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    legal_forms: tuple[str, ...]
    number_last: bool = False
    letter: bool = False


@functools.cache
def _data() -> dict[str, Any]:
    text = (Path(__file__).parent / "wording" / "places.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@functools.cache
def country(code: str) -> Country:
    """Return the country of an ISO 3166 code.

    Raises:
        KeyError: No documents of that country are made.
    """
    found: dict[str, Any] = next((c for c in _data()["countries"] if c["code"] == code), {})
    lists = {key: _words(found[key]) for key in ("signs", "laws", "streets", "first", "last", "legal_forms")}
    cities = tuple(tuple(city.split("|")) for city in found["cities"])
    return Country(**(found | lists | {"cities": cities}))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


LANGUAGE = {"DE": "de", "AT": "de", "CH": "de", "FR": "fr"}


def pick(rng: random.Random, options: tuple[str, ...]) -> str:
    """Return one of ``options``."""
    return options[int(rng.random() * len(options))]


def person(rng: random.Random, land: Country) -> str:
    """Return a full name, now and then with a middle initial."""
    middle = f" {pick(rng, tuple('ABCDEFGHJKLMPRST'))}." if land.letter and chance(rng, 0.3) else ""
    return f"{pick(rng, land.first)}{middle} {pick(rng, land.last)}"


def company(rng: random.Random, land: Country, trade: str = "trade") -> str:
    """Return a company's name with its legal form."""
    language = LANGUAGE.get(land.code, "en")
    kind = pick(rng, _words(_data()["trades"][trade if language == "en" else language]))
    form = pick(rng, land.legal_forms)
    shape = rng.random()
    if shape < 0.2:
        return f"{pick(rng, land.last)} & {pick(rng, land.last)} {form}"
    if shape < 0.35:
        return f"{pick(rng, land.last)} {kind} {form}"
    return f"{pick(rng, _words(_data()['stems'][language]))} {kind} {form}"


def address(rng: random.Random, land: Country) -> tuple[str, str]:
    """Return an address as (street line, town line)."""
    number = str(rng.randint(1, 240))
    street = pick(rng, land.streets)
    line = f"{street} {number}" if land.number_last else f"{number} {street}"
    if not land.number_last and chance(rng, 0.35):
        inside = pick(rng, _words("Flat|Unit|Suite|Apartment")) + f" {rng.randint(1, 48)}"
        line = f"{inside}, {line}"
    city, pattern, region = land.cities[int(rng.random() * len(land.cities))]
    code = "".join(_code_character(rng, c, first=i == 0) for i, c in enumerate(pattern))
    if land.code in {"DE", "AT", "CH", "FR"}:
        return line, f"{code} {city}"
    if region:
        return line, f"{city}, {region} {code}" if land.letter else f"{city} {region} {code}"
    return line, f"{city} {code}"


def _code_character(rng: random.Random, character: str, *, first: bool) -> str:
    if character == "#":
        return str(rng.randint(1 if first else 0, 9))
    return pick(rng, tuple("ABDEFGHJLNPQRSTUWXYZ")) if character == "@" else character


def law_of(rng: random.Random, land: Country, place: str) -> str:
    """Return whose law governs what lies at ``place``, as a clause would name it."""
    for region, law in _data()["regions"].items():
        if f" {region} " in place:
            return str(law)
    return pick(rng, land.laws)


def one_line(parts: tuple[str, str]) -> str:
    """Return an address on one line."""
    return ", ".join(parts)
