"""What else invoices say: other names for things, numbers and dates that are no field, sums that are nought.

Drawn by dice of its own, so that what the invoice itself says does not depend on it.
"""

from __future__ import annotations

import functools
import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from samples.places import Country, company, person
from samples.printed import Money, print_date
from samples.sample import chance, source

NOUGHT = Decimal("0.00")
OTHER_NAME = 0.6
"""How often a label of the longer list is taken."""


@functools.cache
def _texts(language: str) -> dict[str, tuple[str, ...]]:
    path = Path(__file__).parent / "wording" / "besides.json"
    texts = json.loads(path.read_text(encoding="utf-8"))[language]
    return {concept: tuple(text.split("|")) for concept, text in texts.items()}


class Besides:
    """The dice and the words of one invoice's surroundings.

    Args:
        parts: What the dice depend on.
        country: Of the seller.
        language: Of the invoice.
        issued: Its day.
        style: How it writes dates.
    """

    def __init__(
        self, parts: tuple[str, ...], country: Country, language: str, issued: date, style: str
    ) -> None:
        self._dice = source("besides", *parts)
        self._texts = _texts(language)
        self._country = country
        self._language, self._issued, self._style = language, issued, style

    def renamed(self, words: dict[str, str]) -> dict[str, str]:
        """Return an invoice's labels with many taken from longer lists."""
        dice = self._dice
        others = {name: dice.choice(texts) for name, texts in sorted(self._texts.items()) if name in words}
        return {name: others[name] if name in others and chance(dice, OTHER_NAME) else text
                for name, text in words.items()}  # fmt: skip

    def data(self) -> dict[str, str]:
        """Return labels and values for the block of data: numbers and days of other papers, periods."""
        dice, out = self._dice, dict[str, str]()
        for concept in ("order_date", "note_date", "contract_date", "offer_date", "printed_date"):
            if chance(dice, 0.16):
                out[self._word(concept)] = self._day(-dice.randint(1, 90))
        for concept in ("note_number", "contract_number", "project", "register_number"):
            if chance(dice, 0.14):
                out[self._word(concept)] = _reference(dice, self._issued)
        if chance(dice, 0.15):
            out[self._word("period")] = self._period()
        if chance(dice, 0.12):
            out[self._word("terms_label")] = self._word("at_once")
        return out

    @functools.cached_property
    def sentences(self) -> list[str]:
        """Return sentences that name days and papers, none of which is a day of this invoice."""
        dice = self._dice
        concepts = ("cash_discount", "order_of", "performed", "until", "revised", "late")
        chosen = [concept for concept in concepts if chance(dice, 0.17)]
        days = {
            "early": self._day(dice.randint(3, 12)),
            "past": self._day(-dice.randint(2, 60)),
            "later": self._day(dice.randint(40, 200)),
            "number": _reference(dice, self._issued),
        }
        dice.shuffle(chosen)
        return [self._word(concept).format(**days, period=self._period()) for concept in chosen]

    def sums(self, money: Money) -> list[tuple[str, str]]:
        """Return what form-like totals print between the net sum and the total, though it is nothing."""
        zero = money(NOUGHT)
        return [
            (self._word(concept), zero) for concept in ("charges", "allowances") if chance(self._dice, 0.8)
        ]

    def sum_of_lines(self) -> str:
        """Return what the sum of the lines is called where it is printed apart from the net total."""
        return self._word("lines_sum")

    def letterhead(self) -> str:
        """Return what parts the seller's name from the address where both stand in one line."""
        return self._dice.choice((" - ", " · ", " | ", ", ", " • "))

    @functools.cached_property
    def title(self) -> str:
        """The title as letters and forms have it, with places for number and day; "" where it says none."""
        return self._word("titled") if chance(self._dice, 0.35) else ""

    @functools.cached_property
    def title_first(self) -> bool:
        """Whether the title stands above everything else, where the parties have sections."""
        return bool(self.title) and chance(self._dice, 0.6)

    def titled(self, title: str, number: str, day: str) -> str:
        """Return the title with what it says."""
        return self.title.format(title=title, n=number, d=day, few=self._dice.randint(2, 700))

    @functools.cached_property
    def head(self) -> str:
        """How the letterhead is set: one line with the address, a column beside the window, or ""."""
        return self._dice.choice(("line", "side", "side", "", "", "", ""))

    @functools.cached_property
    def compact(self) -> bool:
        """Whether the account is printed without spaces."""
        return chance(self._dice, 0.4)

    @functools.cached_property
    def later(self) -> tuple[str, str] | None:
        """A day of delivery after the invoice's own, printed and as its normal form, where it has one."""
        away = self._dice.randint(0, 60)
        if not chance(self._dice, 0.3):
            return None
        return self._day(away), (self._issued + timedelta(days=away)).isoformat()

    def sender(self, parts: list[str], apart: str) -> list[str]:
        """Return the line above the window in one piece, or in pieces that stand apart."""
        if chance(self._dice, 0.4):
            return [apart.join(parts)]
        mark = apart.strip() or "-"
        return [piece for part in parts for piece in (part, mark)][:-1]

    def reached_at(self) -> list[str]:
        """Return lines of a letterhead about telephone, mail and pages."""
        return [self._filled("reach") for _ in range(self._dice.randint(0, 4))]

    def running(self) -> list[str]:
        """Return lines that stand above everything on a page: of forms, copies, versions."""
        dice = self._dice
        count = dice.choice((0, 0, 0, 1, 1, 2, 3))
        return [self._filled("running") for _ in range(count)]

    def notes(self) -> list[str]:
        """Return a block of lines that are about anything else: people, registers, goods, other companies."""
        dice = self._dice
        if not chance(dice, 0.55):
            return []
        lines = [self._filled("note") for _ in range(dice.randint(1, 9))]
        return [self._word("heading") + dice.choice(("", ":")), *lines] if chance(dice, 0.6) else lines

    def place_of_notes(self) -> str:
        """Return where the notes stand: above or below the block of data, at the end, on a next page."""
        return self._dice.choice(("above", "below", "below", "end", "end", "next"))

    def _filled(self, concept: str) -> str:
        dice, land = self._dice, self._country
        return self._word(concept).format(
            few=dice.randint(2, 9),
            name=_made_up(dice),
            word=_made_up(dice),
            number=_reference(dice, self._issued),
            past=self._day(-dice.randint(1, 700)),
            blind=" ".join(_spoken(dice) for _ in range(dice.randint(1, 9))),
            person=person(dice, land),
            person2=person(dice, land),
            company=company(dice, land),
            place=_made_up(dice),
            phone=f"+{dice.randint(30, 49)} {dice.randint(100, 999)} {dice.randint(1000, 99999)}",
            mail=f"{_made_up(dice).lower()}@{_made_up(dice).lower()}.example",
            web=f"{_made_up(dice).lower()}.example",
            gln=str(dice.randint(10**12, 10**13 - 1)),
        )

    @property
    def fully(self) -> bool:
        """Whether the totals are those of a form: every sum printed, what is nought too."""
        return chance(source("fully", self._style, self._issued.isoformat(), self._language), 0.25)

    def account_holder(self, seller: str) -> tuple[str, str] | None:
        """Return label and name of the account's holder, who is often another than the seller."""
        if not chance(self._dice, 0.25):
            return None
        other = person(self._dice, self._country)
        return self._word("holder"), other if chance(self._dice, 0.6) else seller

    def _word(self, concept: str) -> str:
        return self._dice.choice(self._texts[concept])

    def _day(self, away: int) -> str:
        return print_date(self._issued + timedelta(days=away), self._style, self._language)

    def _period(self) -> str:
        begun = self._dice.randint(10, 60)
        joint = self._dice.choice({"de": (" - ", " bis ", "–"), "fr": (" - ", " au ", "–")}.get(
            self._language, (" - ", " to ", "–")))  # fmt: skip
        return f"{self._day(-begun)}{joint}{self._day(-begun + self._dice.choice((6, 13, 29, 30)))}"


_SYLLABLES = (
    *("ba", "be", "bo", "da", "der", "di", "el", "en", "er", "fa", "fel", "ga", "gen", "go", "hal", "han"),
    *("ka", "kel", "kon", "la", "len", "lo", "ma", "men", "mi", "na", "nor", "ol", "per", "ra", "ren", "ri"),
    *("ro", "sa", "sel", "sti", "ta", "ten", "ter", "ti", "to", "un", "ver", "vo", "wal", "wer", "zen"),
)


def _spoken(dice: random.Random) -> str:
    return _made_up(dice) if chance(dice, 0.5) else _made_up(dice).lower()


def _made_up(dice: random.Random) -> str:
    """Return a word that no language has: nothing can be learned from it but how words look."""
    word = "".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 5)))
    return word.upper() if chance(dice, 0.1) else word.capitalize()


def _reference(dice: random.Random, issued: date) -> str:
    serial = dice.randint(100, 999_999)
    return dice.choice(
        (f"{serial}", f"LS-{serial}", f"{issued.year}/{serial % 1000}", f"P{serial}", f"V-{serial}")
    )
