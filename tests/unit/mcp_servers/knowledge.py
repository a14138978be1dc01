"""A small world of knowledge, and whoever answers from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_servers.loading import Made, make
from mcp_servers.rag.files import Passages
from schemas.canonical import sha256_hex
from schemas.objects import ObjectRef

GRAPH = """
@prefix s: <https://schema.org/> .
<urn:x:nordlicht> a s:Organization ; s:legalName "Nordlicht Werkzeuge GmbH" ;
    s:alternateName "Nordlicht Tools" ; s:addressCountry "DE" ; s:vatID "DE136695976" ;
    <urn:doctrail:iban> "DE89370400440532013000" .
<urn:x:nordlicht-ag> a s:Organization ; s:legalName "Nordlicht Werkzeuge Beteiligungen AG" ;
    s:addressCountry "DE" .
<urn:x:harbour> a s:Organization ; s:legalName "Harbour Furniture Ltd" ; s:addressCountry "GB" ;
    s:parentOrganization <urn:x:nordlicht-ag> .
<urn:x:twin-one> a s:Organization ; s:legalName "Meridian Foods Ltd" ; s:addressCountry "GB" .
<urn:x:twin-two> a s:Organization ; s:legalName "Meridian Foods Limited" ; s:addressCountry "IE" .
<urn:x:wrong> a s:Organization ; s:legalName "Wrong Numbers GmbH" ; s:vatID "DE136695977" .
"""
VENDORS = """vendor_id,name,aliases,country,vat_id,iban,status
V1,Nordlicht Werkzeuge GmbH,Nordlicht Tools,DE,DE136695976,DE89370400440532013000,active
V2,Harbour Furniture Ltd,,GB,,,blocked
"""
ORDERS = """order_number,vendor_id,ordered_on,currency,total,status
PO-00712,V1,2026-01-05,EUR,950.00,open
"""
INVOICES = """invoice_number,vendor_id,issued_on,currency,total
2026-0017,V1,2026-01-20,EUR,1140.00
"""
CLAUSES = "\n".join(
    json.dumps(clause)
    for clause in (
        {
            "id": "repair",
            "topic": "Repair",
            "text": "The tenant keeps the roof in repair.",
            "doc_type": "lease",
        },
        {"id": "law", "topic": "Governing law", "text": "The laws of England govern.", "language": "en"},
        {"id": "recht", "topic": "Recht", "text": "Es gilt deutsches Recht gemäß BGB.", "language": "de"},
    )
)
FILES = {
    "graph/world.ttl": GRAPH.encode(),
    "db/vendors.csv": VENDORS.encode(),
    "db/purchase_orders.csv": ORDERS.encode(),
    "db/invoices.csv": INVOICES.encode(),
    "clauses/some.jsonl": CLAUSES.encode(),
}


@dataclass
class Shelf:
    """Holds snapshots in memory and counts how often one is read."""

    made: Mapping[str, Made] = field(default_factory=lambda: make(FILES, Passages()))
    reads: list[str] = field(default_factory=list)

    @property
    def snapshots(self) -> dict[str, str]:
        """Digest by server, as a run would be pinned to them."""
        return {server: sha256_hex(made.data) for server, made in self.made.items()}

    async def live(self, server: str) -> str | None:
        """Return the one snapshot there is."""
        return self.snapshots.get(server)

    async def read(self, server: str, digest: str) -> bytes | None:
        """Return it, if that is asked for."""
        self.reads.append(server)
        return self.made[server].data if self.snapshots.get(server) == digest else None

    async def passage(self, ref: ObjectRef) -> bytes | None:
        """Return nothing: there are no records here."""
        return None
