"""People, companies and addresses that do not exist, by country."""

from __future__ import annotations

import random
from dataclasses import dataclass

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


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_ENGLISH_FIRST = _words(
    "Amelia|Oliver|Grace|Henry|Charlotte|George|Isla|Arthur|Sophie|Thomas|Hannah|Edward|Lucy|Daniel|Emma|"
    "Samuel|Priya|Rajesh|Fatima|Omar|Wei|Mei Ling|Chloe|Benjamin|Rachel|Patrick|Siobhan|Declan|Aoife|Marcus|"
    "Nadia|Victor|Eleanor|James|Katherine|Robert|Margaret|William|Susan|Peter|Angela|David|Laura|Michael"
)
_ENGLISH_LAST = _words(
    "Whitcombe|Harrow|Pemberton|Ashdown|Fairley|Okafor|Patel|Sharma|O'Donnell|Brennan|Kavanagh|Lindqvist|"
    "Mercer|Thornton|Blackwood|Castellano|Rivera|Nguyen|Chen|Tan|Abernathy|Holloway|Sinclair|Whitfield|"
    "Dunmore|Prescott|Langley|Ellsworth|Crawford|Bannister|Hussain|Kowalski|Marchetti|Delgado|Novak|Reyes"
)
_GERMAN_FIRST = _words(
    "Anna|Lukas|Maria|Jonas|Katharina|Felix|Sabine|Thomas|Julia|Stefan|Claudia|Matthias|Petra|Jürgen"
)
_GERMAN_LAST = _words(
    "Keller|Brandt|Hoffmann|Schäfer|Lindner|Vogel|Krüger|Zimmermann|Baumann|Möller|Seidel|Wolff|Aigner|Hofer"
)
_FRENCH_FIRST = _words(
    "Camille|Hugo|Élodie|Antoine|Claire|Julien|Sophie|Mathieu|Nathalie|Benoît|Aurélie|François"
)
_FRENCH_LAST = _words(
    "Lefèvre|Moreau|Girard|Rousseau|Chevalier|Dubois|Perrin|Fontaine|Marchand|Delacroix|Besson"
)

COUNTRIES = {
    country.code: country
    for country in (
        Country(
            "GB", "GBP", ("£{}", "GBP {}", "£ {}"), "",
            ("England and Wales", "England", "Scotland", "England and Wales"),
            (("Bristol", "BS# #@@", ""), ("Leeds", "LS## #@@", ""), ("London", "SW## #@@", ""),
             ("Manchester", "M## #@@", ""), ("Norwich", "NR# #@@", ""), ("Edinburgh", "EH# #@@", ""),
             ("Bath", "BA# #@@", ""), ("Sheffield", "S## #@@", "")),
            _words("Mill Lane|Station Road|Church Street|Victoria Terrace|Albion Road|Kingsway|Orchard Close|"
                   "Canal Street|Harbour View|Queen's Parade|Park Crescent|Whiteladies Road|Foundry Street"),
            _ENGLISH_FIRST, _ENGLISH_LAST, _words("Ltd|Limited|plc|LLP|Ltd.|Limited"),
        ),
        Country(
            "IE", "EUR", ("€{}", "EUR {}", "€ {}"), "", ("Ireland",),
            (("Galway", "H91 @#@#", ""), ("Cork", "T12 @#@#", ""), ("Dublin 2", "D02 @@##", ""),
             ("Limerick", "V94 @#@#", "")),
            _words("Quay Street|Patrick Street|Shop Street|Grand Parade|Merrion Row|O'Connell Avenue|Dock Road"),
            _ENGLISH_FIRST, _ENGLISH_LAST, _words("Limited|Ltd|DAC|plc"),
        ),
        Country(
            "US", "USD", ("US${}", "USD {}", "U.S. ${}", "US$ {}"), "${}",
            _words("the State of New York|the State of California|the State of Texas|Delaware|the State of Illinois|"
                   "the Commonwealth of Massachusetts|the State of Washington|Florida|the State of Ohio"),
            (("Albany", "122##", "NY"), ("Sacramento", "958##", "CA"), ("Austin", "787##", "TX"),
             ("Wilmington", "198##", "DE"), ("Springfield", "627##", "IL"), ("Worcester", "016##", "MA"),
             ("Tacoma", "984##", "WA"), ("Tampa", "336##", "FL"), ("Columbus", "432##", "OH")),
            _words("Maple Avenue|Oak Street|Lakeview Drive|Commerce Boulevard|Elm Street|Sunset Terrace|Mission Road|"
                   "Congress Avenue|Bayshore Boulevard|Prospect Street|Industrial Parkway|Cedar Lane"),
            _ENGLISH_FIRST, _ENGLISH_LAST, _words("LLC|Inc.|Corp.|L.P.|LLC|Inc|Corporation|Holdings LLC"),
            letter=True,
        ),
        Country(
            "SG", "SGD", ("S${}", "SGD {}"), "${}", ("Singapore", "the Republic of Singapore"),
            (("Singapore", "######", ""),),
            _words("Orchard Road|Tanjong Pagar Road|Bukit Timah Road|Shenton Way|Robinson Road|Jalan Besar"),
            _ENGLISH_FIRST, _words("Tan|Lim|Lee|Ng|Wong|Goh|Chua|Koh|Teo|Rahman|Nair"), _words("Pte. Ltd.|Pte Ltd"),
        ),
        Country(
            "AU", "AUD", ("A${}", "AUD {}"), "${}",
            _words("New South Wales|Victoria|Queensland|Western Australia"),
            (("Newcastle", "23##", "NSW"), ("Geelong", "32##", "VIC"), ("Cairns", "48##", "QLD")),
            _words("Hunter Street|Moorabool Street|Sheridan Street|Darby Street|Esplanade|Railway Parade"),
            _ENGLISH_FIRST, _ENGLISH_LAST, _words("Pty Ltd|Pty. Ltd.|Pty Limited"),
        ),
        Country(
            "DE", "EUR", ("{} EUR", "EUR {}", "{} €"), "", ("Germany",),
            (("Hannover", "30###", ""), ("Leipzig", "04###", ""), ("Freiburg", "79###", ""), ("Köln", "50###", ""),
             ("Nürnberg", "90###", ""), ("Bremen", "28###", "")),
            _words("Lindenstraße|Am Mühlbach|Bahnhofstraße|Gartenweg|Industriestraße|Marktplatz|Hafenstraße|Ringstraße"),
            _GERMAN_FIRST, _GERMAN_LAST, _words("GmbH|AG|GmbH & Co. KG|e.K.|UG (haftungsbeschränkt)|OHG|GmbH"),
            number_last=True,
        ),
        Country(
            "AT", "EUR", ("{} EUR", "EUR {}", "€ {}"), "", ("Austria",),
            (("Graz", "80##", ""), ("Linz", "40##", ""), ("Salzburg", "50##", ""), ("Wien", "10##", "")),
            _words("Herrengasse|Landstraße|Mozartgasse|Donaulände|Hauptplatz|Schillerstraße"),
            _GERMAN_FIRST, _GERMAN_LAST, _words("GmbH|AG|KG|e.U."), number_last=True,
        ),
        Country(
            "CH", "CHF", ("CHF {}", "Fr. {}"), "", ("Switzerland",),
            (("Winterthur", "84##", ""), ("Bern", "30##", ""), ("St. Gallen", "90##", ""), ("Luzern", "60##", "")),
            _words("Seestrasse|Bundesgasse|Marktgasse|Rosenweg|Bahnhofstrasse|Kirchgasse"),
            _GERMAN_FIRST, _GERMAN_LAST, _words("AG|GmbH|Sàrl"), number_last=True,
        ),
        Country(
            "FR", "EUR", ("{} €", "{} EUR"), "", ("France",),
            (("Lyon", "6900#", ""), ("Nantes", "44000", ""), ("Toulouse", "31##0", ""), ("Lille", "59##0", ""),
             ("Bordeaux", "33000", "")),
            _words("rue des Tanneurs|avenue de la Gare|rue du Moulin|quai Saint-Michel|boulevard Voltaire|"
                   "place du Marché|rue Pasteur|chemin des Vignes"),
            _FRENCH_FIRST, _FRENCH_LAST, _words("SARL|SAS|SA|EURL|SASU"),
        ),
    )
}  # fmt: skip

_STEMS = {
    "en": _words(
        "Harbour|Oakfield|Northgate|Meridian|Silverline|Redwood|Blue Heron|Kestrel|Summit|Granite|Foxglove|"
        "Lantern|Ironbridge|Cobalt|Evergreen|Tidewater|Stonebridge|Marlowe|Beacon|Highfield|Juniper|Anchor"
    ),
    "de": _words(
        "Nordlicht|Bergmann|Sonnenhof|Rheinblick|Eichenau|Hansa|Falken|Steinbach|Lindenhof|Alpen|Kranich|Weidner"
    ),
    "fr": _words(
        "Beaurivage|Clairval|Les Tilleuls|Montclair|Belle Étoile|Val d'Or|Grand Chêne|Rivaud|Delmas"
    ),
}
_TRADES = {
    "property": _words("Estates|Properties|Property Holdings|Realty|Land|Residential|Asset Management|Homes"),
    "trade": _words(
        "Trading|Supplies|Engineering|Logistics|Foods|Design|Consulting|Instruments|Textiles|Software|Printing|"
        "Bakery|Furniture|Packaging|Catering|Electrical"
    ),
    "de": _words(
        "Werkzeuge|Druck|Technik|Bau|Möbel|Handel|Maschinen|Elektro|Logistik|Bürobedarf|Gartenbau|Immobilien|Software"
    ),
    "fr": _words(
        "Distribution|Conseil|Menuiserie|Imprimerie|Transports|Informatique|Traiteur|Bâtiment|Textiles"
    ),
}
_REGIONS = {
    "NY": "the State of New York", "CA": "the State of California", "TX": "the State of Texas",
    "DE": "the State of Delaware", "IL": "the State of Illinois", "MA": "the Commonwealth of Massachusetts",
    "WA": "Washington", "FL": "Florida", "OH": "the State of Ohio",
    "NSW": "New South Wales", "VIC": "Victoria", "QLD": "Queensland",
}  # fmt: skip
LANGUAGE = {"DE": "de", "AT": "de", "CH": "de", "FR": "fr"}


def pick(rng: random.Random, options: tuple[str, ...]) -> str:
    """Return one of ``options``."""
    return options[int(rng.random() * len(options))]


def person(rng: random.Random, country: Country) -> str:
    """Return a full name, now and then with a middle initial."""
    middle = f" {pick(rng, tuple('ABCDEFGHJKLMPRST'))}." if country.letter and chance(rng, 0.3) else ""
    return f"{pick(rng, country.first)}{middle} {pick(rng, country.last)}"


def company(rng: random.Random, country: Country, trade: str = "trade") -> str:
    """Return a company's name with its legal form."""
    language = LANGUAGE.get(country.code, "en")
    kind = pick(rng, _TRADES[trade if language == "en" else language])
    form = pick(rng, country.legal_forms)
    shape = rng.random()
    if shape < 0.2:
        return f"{pick(rng, country.last)} & {pick(rng, country.last)} {form}"
    if shape < 0.35:
        return f"{pick(rng, country.last)} {kind} {form}"
    return f"{pick(rng, _STEMS[language])} {kind} {form}"


def address(rng: random.Random, country: Country) -> tuple[str, str]:
    """Return an address as (street line, town line)."""
    number = str(rng.randint(1, 240))
    street = pick(rng, country.streets)
    line = f"{street} {number}" if country.number_last else f"{number} {street}"
    if not country.number_last and chance(rng, 0.35):
        inside = pick(rng, _words("Flat|Unit|Suite|Apartment")) + f" {rng.randint(1, 48)}"
        line = f"{inside}, {line}"
    city, pattern, region = country.cities[int(rng.random() * len(country.cities))]
    code = "".join(
        str(rng.randint(1 if i == 0 else 0, 9))
        if c == "#"
        else pick(rng, tuple("ABDEFGHJLNPQRSTUWXYZ"))
        if c == "@"
        else c
        for i, c in enumerate(pattern)
    )
    if country.code in {"DE", "AT", "CH", "FR"}:
        return line, f"{code} {city}"
    if region:
        return line, f"{city}, {region} {code}" if country.letter else f"{city} {region} {code}"
    return line, f"{city} {code}"


def law_of(rng: random.Random, country: Country, place: str) -> str:
    """Return whose law governs what lies at ``place``, as a clause would name it."""
    for region, law in _REGIONS.items():
        if f" {region} " in place:
            return law
    return pick(rng, country.laws)


def one_line(parts: tuple[str, str]) -> str:
    """Return an address on one line."""
    return ", ".join(parts)
