"""A business world that does not exist: companies, who owns whom, vendors, orders, old invoices, clauses.

The parties of the demo's documents are among them, so that what the demo reads can be looked up.

python -m samples.knowledge --out DIR --entities 3000
"""

from __future__ import annotations

import argparse
import csv
import functools
import io
import json
import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from samples.clauses import pool
from samples.invoice_numbers import iban, vat_number
from samples.places import LANGUAGE, Country, address, country, pick
from samples.sample import chance, source

SEED = 11
LANDS = ("GB", "DE", "AT", "CH", "FR", "IE")
"""Countries whose companies have VAT numbers that can be made."""
VENDORS = 0.2
"""Share of the companies that are vendors."""
TODAY = date(2026, 1, 31)

_BRACED = re.compile(r"\{(\w+)\}")
_PARTIES = ("seller_name", "buyer_name", "landlord", "tenant", "seller", "buyer", "guarantor")
_SCHEMA = "https://schema.org/"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(slots=True)
class Company:
    """A company, with what registers and a vendor list would say of it."""

    id: str
    name: str
    country: str
    aliases: list[str] = field(default_factory=list)
    vat_id: str = ""
    iban: str = ""
    town: str = ""
    parent: str = ""


@functools.cache
def _wording() -> dict[str, Any]:
    text = (Path(__file__).parent / "wording" / "companies.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _one_of(rng: random.Random, words: str) -> str:
    return pick(rng, tuple(words.split("|")))


def companies(count: int, seed: int = SEED) -> list[Company]:
    """Return ``count`` companies, the demo's first; equal arguments give equal companies."""
    made = _of_the_demo()[:count]
    stems = {company.name.rpartition(" ")[0] for company in made}
    rng = source(seed, "companies")
    while len(made) < count:
        land = country(pick(rng, LANDS))
        name = _name(rng, land)
        if (stem := name.rpartition(" ")[0]) in stems:
            continue
        stems.add(stem)
        made.append(_company(rng, land, name, len(made)))
    return made


def world(count: int, seed: int = SEED) -> dict[str, bytes]:
    """Return the files of a world with ``count`` companies, by their path."""
    made = companies(count, seed)
    rng = source(seed, "business")
    demo = len(_of_the_demo())
    vendors = [c for at, c in enumerate(made) if at < demo or chance(rng, VENDORS)]
    return {
        "graph/companies.nt": triples(made),
        "db/vendors.csv": _vendors(rng, vendors, demo),
        "db/purchase_orders.csv": _orders(rng, vendors),
        "db/invoices.csv": _invoices(rng, vendors),
        "clauses/standard.jsonl": _clauses(),
    }


def _clauses() -> bytes:
    """Return the standard clauses that sample contracts are made of, one a line."""
    lines = []
    for name, doc_type in (("lease", "lease"), ("sale", "sale_purchase_agreement")):
        for heading, texts in pool(name).items():
            for number, text in enumerate(texts, start=1):
                said = {
                    "topic": heading,
                    "text": _BRACED.sub(r"[\1]", text),
                    "doc_type": doc_type,
                    "language": "en",
                }
                key = f"{name}/{heading.lower().replace(' ', '-')}/{number}"
                lines.append(
                    json.dumps({"id": key, **said, "source": "doctrail samples"}, ensure_ascii=False)
                )
    return ("\n".join(lines) + "\n").encode("utf-8")


def _of_the_demo() -> list[Company]:
    path = Path(__file__).parent / "labels.jsonl"
    labels = [json.loads(line)["fields"] for line in path.read_text(encoding="utf-8").splitlines()]
    found: dict[str, Company] = {}
    for fields in labels:
        for role in _PARTIES:
            value = fields.get(role, ())
            for name in value if isinstance(value, list) else [value]:
                if not isinstance(name, str) or len(name) < 4 or name in found:
                    continue
                vat = str(fields.get(role.replace("_name", "_vat_id"), "")) if role.endswith("_name") else ""
                account = str(fields.get("iban", "")) if role == "seller_name" else ""
                known = vat[:2] if vat[:2] in LANDS else account[:2] if account[:2] in LANDS else ""
                found[name] = Company(f"c{len(found):06d}", name, known, vat_id=vat, iban=account)
    return list(found.values())


def _name(rng: random.Random, land: Country) -> str:
    words = _wording()
    middle = _one_of(rng, words["middle"]) if chance(rng, 0.6) else ""
    stem = _one_of(rng, words["begin"]) + middle + _one_of(rng, words["end"])
    trade = _one_of(rng, words["trades"][LANGUAGE.get(land.code, "en")])
    shape = rng.random()
    if shape < 0.15:
        stem = f"{pick(rng, land.last)} & {pick(rng, land.last)}"
    elif shape < 0.3:
        stem = f"{pick(rng, land.last)} {stem}"
    return f"{stem} {trade} {pick(rng, land.legal_forms)}"


def _company(rng: random.Random, land: Country, name: str, number: int) -> Company:
    made = Company(f"c{number:06d}", name, land.code, town=address(rng, land)[1])
    stem, _, form = name.rpartition(" ")
    written_out = _wording()["written_out"].get(form)
    if written_out and chance(rng, 0.4):
        made.aliases.append(f"{stem} {written_out}")
    if chance(rng, 0.15):
        made.aliases.append(stem)
    if chance(rng, 0.8):
        made.vat_id = vat_number(rng, land.code)
    if chance(rng, 0.8):
        made.iban = iban(rng, land.code)
    if number > 50 and chance(rng, 0.1):
        made.parent = f"c{rng.randrange(number):06d}"
    return made


def triples(made: list[Company]) -> bytes:
    """Return what a graph states about companies, as N-Triples."""
    lines: list[str] = []
    for one in made:
        iri = f"<urn:sample:{one.id}>"
        lines.append(f"{iri} <{_TYPE}> <{_SCHEMA}Organization> .")
        said = [("legalName", one.name), *(("alternateName", alias) for alias in one.aliases)]
        said += [("addressCountry", one.country), ("vatID", one.vat_id), ("location", one.town)]
        lines += [f"{iri} <{_SCHEMA}{word}> {json.dumps(value)} ." for word, value in said if value]
        if one.iban:
            lines.append(f"{iri} <urn:doctrail:iban> {json.dumps(one.iban)} .")
        if one.parent:
            lines.append(f"{iri} <{_SCHEMA}parentOrganization> <urn:sample:{one.parent}> .")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _table(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue().encode("utf-8")


def _vendors(rng: random.Random, vendors: list[Company], demo: int) -> bytes:
    columns = ("vendor_id", "name", "aliases", "country", "vat_id", "iban", "status")
    rows: list[tuple[object, ...]] = []
    for at, one in enumerate(vendors):
        status = "blocked" if at >= demo and chance(rng, 0.02) else "active"
        aliases = "|".join(one.aliases)
        rows.append((f"V-{one.id}", one.name, aliases, one.country, one.vat_id, one.iban, status))
    return _table(columns, rows)


def _orders(rng: random.Random, vendors: list[Company]) -> bytes:
    columns = ("order_number", "vendor_id", "ordered_on", "currency", "total", "status")
    rows: list[tuple[object, ...]] = []
    for number in range(2 * len(vendors)):
        vendor = vendors[rng.randrange(len(vendors))]
        day = TODAY - timedelta(days=rng.randint(1, 700))
        status = "open" if chance(rng, 0.4) else "closed"
        rows.append((f"PO-{450000 + number}", f"V-{vendor.id}", day, _currency(vendor), _amount(rng), status))
    return _table(columns, rows)


def _invoices(rng: random.Random, vendors: list[Company]) -> bytes:
    columns = ("invoice_number", "vendor_id", "issued_on", "currency", "total")
    rows: list[tuple[object, ...]] = []
    for number in range(3 * len(vendors)):
        vendor = vendors[rng.randrange(len(vendors))]
        day = TODAY - timedelta(days=rng.randint(1, 700))
        rows.append((f"{day.year}-{10000 + number}", f"V-{vendor.id}", day, _currency(vendor), _amount(rng)))
    return _table(columns, rows)


def _currency(vendor: Company) -> str:
    return {"GB": "GBP", "CH": "CHF"}.get(vendor.country, "EUR")


def _amount(rng: random.Random) -> str:
    return f"{rng.randint(1000, 2_000_000) / 100:.2f}"


def main(arguments: list[str] | None = None) -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m samples.knowledge", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--entities", type=int, default=3000, help="how many companies")
    parser.add_argument("--seed", type=int, default=SEED, help="equal seeds give equal worlds")
    options = parser.parse_args(arguments)
    for name, data in world(options.entities, options.seed).items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{path} ({len(data)} bytes)")


if __name__ == "__main__":
    main()
