"""Receipts: slips of shops and restaurants as noisy scans, as the till printed them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from samples.printed import plain, print_date, some_day
from samples.sample import Sample, chance
from samples.scan import Condition, Row, encode, picture
from samples.values import Values

FIELDS = ("vendor_name", "vendor_address", "date", "total")
_RULE = "-" * 49
_CENT = Decimal("0.01")
_NAMES = (
    "KEDAI RUNCIT SERI MAJU", "TEGUH HARDWARE & PAINT", "RESTORAN WARISAN NASI KANDAR", "PUSAT BUKU CENDANA",
    "GOLDEN LOTUS STATIONERY", "BINTANG AUTO PARTS", "MAJU JAYA MINIMARKET", "KOPITIAM LORONG TIGA",
    "EASTERN LIGHT ELECTRICAL", "FARMASI SRI KOTA", "HAPPY GARDEN BAKERY", "SYARIKAT PERNIAGAAN TAN",
)  # fmt: skip
_FORMS = ("SDN BHD", "SDN. BHD.", "ENTERPRISE", "(M) SDN BHD", "TRADING")
_STREETS = (
    "JALAN SERINDIT {}", "JALAN MELUR {}/4", "LORONG PERAK {}", "JALAN INDUSTRI {}", "PERSIARAN CEMPAKA {}",
    "JALAN DATO HAMZAH {}",
)  # fmt: skip
_TOWNS = (
    ("TAMAN MELAWATI", "53100 KUALA LUMPUR", ""), ("TAMAN PERLING", "81200 JOHOR BAHRU", "JOHOR"),
    ("BANDAR PUTERI", "47100 PUCHONG", "SELANGOR"), ("TAMAN CHERAS JAYA", "43200 BALAKONG", "SELANGOR"),
    ("PUSAT BANDAR", "75000 MELAKA", ""), ("BANDAR BARU", "11900 BAYAN LEPAS", "PULAU PINANG"),
)  # fmt: skip
_GOODS = (
    ("NASI GORENG AYAM", 750), ("TEH TARIK", 220), ("ROTI CANAI", 160), ("MINERAL WATER 500ML", 150),
    ("BALL PEN 0.7 BLUE", 180), ("A4 PAPER 80G 500S", 1190), ("EMULSION PAINT 5L WHITE", 6890),
    ("MASKING TAPE 2IN", 450), ("LED BULB 9W DAYLIGHT", 890), ("WHITE BREAD 400G", 310),
    ("PANADOL 10S", 560), ("EXTENSION CORD 3M", 2390), ("NOTEBOOK A5 120PG", 490),
    ("INSTANT COFFEE 200G", 1450),
    ("HAND SOAP REFILL", 799), ("WOOD SCREW 50PCS", 620), ("CURRY PUFF", 140), ("UMBRELLA FOLDING", 1990),
)  # fmt: skip
_BRITISH_NAMES = ("THE CORNER PANTRY", "WILLOW STREET BAKERY", "HARPER & SONS IRONMONGERS", "QUAYSIDE CAFE")
_BRITISH_GOODS = (
    ("FLAT WHITE", 340), ("SOURDOUGH 800G", 425), ("CHEDDAR MATURE", 389), ("PICTURE HOOKS", 275),
    ("SCONE & JAM", 310), ("ORANGE JUICE", 260), ("WOOD GLUE 250ML", 640), ("SOUP OF THE DAY", 595),
)  # fmt: skip


@dataclass(slots=True)
class Slip:
    """One receipt while it is being written."""

    rng: random.Random
    say: Values
    items: list[tuple[str, int, Decimal]]
    address: list[str]
    time: str
    currency: str
    rows: list[Row]

    @property
    def net(self) -> Decimal:
        """Return the sum of the lines."""
        return sum((price * count for _, count, price in self.items), Decimal(0))


def receipt(rng: random.Random, key: str, template: str, *, condition: Condition | None = None) -> Sample:
    """Return a receipt of ``template`` (a key of TEMPLATES), scanned in some condition or a given one."""
    slip = _draft(rng, british=template == "british")
    TEMPLATES[template](slip)
    condition = condition or _condition(rng, template)
    suffix = ".png" if condition.bilevel else ".jpg"
    data = encode(picture(rng, slip.rows, condition), suffix)
    return Sample(key, "receipt", f"receipt/{template}", suffix, data, slip.say.truth(), FIELDS)


def _draft(rng: random.Random, *, british: bool) -> Slip:
    name = rng.choice(_BRITISH_NAMES) if british else f"{rng.choice(_NAMES)} {rng.choice(_FORMS)}"
    if british:
        name += rng.choice((" LTD", "", " LIMITED"))
        address = [
            f"{rng.randint(2, 140)} {rng.choice(('HIGH STREET', 'MARKET PLACE', 'BRIDGE ROAD'))},",
            rng.choice(("LUDLOW SY8 1AZ", "HEXHAM NE46 3NP", "FROME BA11 1BS")),
        ]
    else:
        area, town, state = rng.choice(_TOWNS)
        street = rng.choice(_STREETS).format(rng.randint(1, 48))
        address = [
            f"NO. {rng.randint(1, 188)}, {street},",
            f"{area},",
            f"{town}, {state}." if state else f"{town}.",
        ]
    goods = _BRITISH_GOODS if british else _GOODS
    items = [
        (text, rng.choice((1, 1, 1, 2, 3, 4)), Decimal(cents) / 100)
        for text, cents in rng.sample(goods, rng.randint(1, 6))
    ]
    day = some_day(rng, date(2017, 1, 2), date(2024, 12, 20))
    style = rng.choice(("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "d mon y", "%d/%m/%Y"))
    forms: dict[str, tuple[str, str | list[str]]] = {
        "vendor_name": (name, name),
        "vendor_address": ("\n".join(address), " ".join(address)),
        "date": (print_date(day, style).upper(), day.isoformat()),
    }
    time = f"{rng.randint(8, 21):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
    return Slip(rng, Values(forms), items, address, time, "£" if british else "RM", [])


def _condition(rng: random.Random, template: str) -> Condition:
    if template == "laser":
        return Condition(
            type="sans", points=24, narrow=0.9, fade=0.05, noise=0 if chance(rng, 0.5) else 3, blur=0.5,
            skew=rng.uniform(-0.5, 0.5), creases=0, bilevel=chance(rng, 0.6),
        )  # fmt: skip
    return Condition(
        type="till",
        points=rng.choice((24, 26, 28)),
        narrow=rng.uniform(0.74, 0.86),
        fade=rng.uniform(0.05, 0.45),
        noise=rng.uniform(2, 7),
        blur=rng.uniform(0.4, 0.9),
        skew=rng.uniform(-1.4, 1.4),
        creases=rng.randint(0, 4),
        dropout=rng.choice((0.0, 0.0, 0.04, 0.08)),
    )


def _amounts(slip: Slip) -> tuple[Decimal, Decimal, Decimal]:
    """Return (net, tax, total to be paid); RM totals are rounded to five sen, as tills there do."""
    if slip.currency == "£":
        return slip.net, Decimal(0), slip.net
    tax = (slip.net * 6 / 100).quantize(_CENT, ROUND_HALF_UP)
    total = slip.net + tax
    return slip.net, tax, (total / Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP) * Decimal("0.05")


def _paid(total: Decimal, rng: random.Random) -> Decimal:
    step = rng.choice((5, 10, 50))
    return (total // step + 1) * step


def _till(slip: Slip) -> None:
    """A thermal slip with everything in one type."""
    rng, say, add = slip.rng, slip.say, slip.rows.append
    _head(slip, registered=True)
    add(Row(middle=rng.choice(("TAX INVOICE", "RECEIPT", "SIMPLIFIED TAX INVOICE", "CASH BILL"))))
    add(Row(left=_RULE))
    add(Row(left=f"BILL NO : {rng.choice(('CS', 'A', 'T01-'))}{rng.randint(10000, 999999)}"))
    add(
        Row(
            left=rng.choice(("DATE    : {}  {}", "{} {}", "Date: {}   Time: {}")).format(
                say.bare("date"), slip.time
            )
        )
    )
    add(Row(left=f"CASHIER : {rng.choice(('AIDA', 'LIM', 'COUNTER 2', 'SITI N.'))}"))
    add(Row(left=_RULE))
    add(Row(left="ITEM            QTY    PRICE", right=f"AMT({slip.currency})"))
    for text, count, price in slip.items:
        add(Row(left=text))
        add(
            Row(
                left=f"   955{rng.randint(10**8, 10**9)}   {count} x {price:.2f}",
                right=f"{price * count:.2f} S",
            )
        )
    _sums(slip)
    add(Row(left=_RULE))
    add(Row(middle="GOODS SOLD ARE NOT RETURNABLE"))
    add(Row(middle=rng.choice(("THANK YOU, PLEASE COME AGAIN", "TERIMA KASIH"))))


def _laser(slip: Slip) -> None:
    """A counter sale printed on a small sheet in proportional type."""
    rng, say, add = slip.rng, slip.say, slip.rows.append
    _head(slip, registered=chance(rng, 0.6))
    add(Row(middle="CASH SALES", size=1.15, bold=True))
    add(Row(left=f"No : {rng.randint(100, 99999)}", right=f"Date : {say.bare('date')}"))
    add(Row(left="_" * 62))
    add(Row(left="Qty   Description", right=f"Amount ({slip.currency})", bold=True))
    for text, count, price in slip.items:
        add(Row(left=f"{count}      {text}  @ {price:.2f}", right=f"{price * count:.2f}"))
    _sums(slip)
    add(Row())
    add(Row(left="Received by: ____________________"))


def _british(slip: Slip) -> None:
    """A café's or shop's slip in pounds; used for the demo only."""
    rng, say, add = slip.rng, slip.say, slip.rows.append
    _head(slip, registered=False)
    add(Row(middle=f"VAT No. GB {rng.randint(100, 999)} {rng.randint(1000, 9999)} {rng.randint(10, 99)}"))
    add(Row())
    for text, count, price in slip.items:
        add(Row(left=f"{count} {text}", right=f"{price * count:.2f}"))
    add(Row(left="=" * 49))
    _, _, total = _amounts(slip)
    slip.say.offer("total", plain(total))
    add(Row(left="TOTAL", right=f"£{say.bare('total')}", size=1.3, bold=True))
    add(Row(left="VISA CONTACTLESS", right=f"£{total:.2f}"))
    add(Row())
    add(Row(middle=f"{say.bare('date')}  {slip.time[:5]}  TILL {rng.randint(1, 4)}"))
    add(Row(middle="You were served by " + rng.choice(("Ellie", "Tom", "Priya"))))


def _head(slip: Slip, *, registered: bool) -> None:
    rng, add = slip.rng, slip.rows.append
    add(Row(middle=slip.say.bare("vendor_name"), size=rng.choice((1.0, 1.1)), bold=True))
    if registered:
        add(Row(middle=f"({rng.randint(100000, 999999)}-{rng.choice('ADHKPTVX')})"))
    for line in slip.say.bare("vendor_address").split("\n"):
        add(Row(middle=line))
    add(Row(middle=f"TEL : 0{rng.randint(3, 9)}-{rng.randint(1000, 9999)} {rng.randint(1000, 9999)}"))
    if registered and chance(rng, 0.7):
        add(Row(middle=f"GST ID : 00{rng.randint(10**9, 10**10 - 1)}"))
    add(Row())


def _sums(slip: Slip) -> None:
    rng, add = slip.rng, slip.rows.append
    net, tax, total = _amounts(slip)
    slip.say.offer("total", plain(total))
    add(Row(left=_RULE))
    add(Row(left=rng.choice(("SUB TOTAL", "Total Excl. GST", "TOTAL SALES EXCL GST")), right=f"{net:.2f}"))
    add(Row(left="GST 6%", right=f"{tax:.2f}"))
    add(Row(left="ROUNDING ADJ", right=f"{total - net - tax:.2f}"))
    label = rng.choice(("TOTAL", "NET TOTAL", "GRAND TOTAL", "TOTAL (ROUNDED)", "TOTAL INCL. GST"))
    add(Row(left=label, right=f"{slip.currency} {slip.say.bare('total')}", size=1.15, bold=True))
    paid = _paid(total, rng)
    add(Row(left="CASH", right=f"{paid:.2f}"))
    add(Row(left="CHANGE", right=f"{paid - total:.2f}"))


TEMPLATES: dict[str, Callable[[Slip], None]] = {"till": _till, "laser": _laser, "british": _british}
HELD_OUT = frozenset({"british"})
"""Templates that only the demo uses."""
