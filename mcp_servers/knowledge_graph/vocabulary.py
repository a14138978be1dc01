"""The words by which a graph names its entities: schema.org's, and the common ones beside them."""

from __future__ import annotations

from mcp_servers.ids import Scheme

SCHEMA = "https://schema.org/"
OWN = "urn:doctrail:"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_FOAF = "http://xmlns.com/foaf/0.1/"

NAMES = (
    f"{SCHEMA}legalName",
    f"{_SKOS}prefLabel",
    f"{SCHEMA}name",
    f"{_RDFS}label",
    f"{_FOAF}name",
)
"""Predicates of an entity's own name, the first that it has being the one it is called by."""

ALIASES = (f"{SCHEMA}alternateName", f"{_SKOS}altLabel", f"{SCHEMA}formerName")
COUNTRY = f"{SCHEMA}addressCountry"

IDS: dict[str, Scheme] = {
    f"{SCHEMA}vatID": "vat",
    f"{SCHEMA}leiCode": "lei",
    f"{OWN}iban": "iban",
    f"{OWN}companyNumber": "company",
}


def modern(iri: str) -> str:
    """Return an IRI of schema.org as it is written today."""
    return SCHEMA + iri[18:] if iri.startswith("http://schema.org/") else iri


def short_name(iri: str) -> str:
    """Return the last part of an IRI, by which people call a relation."""
    return iri.rstrip("/").replace("#", "/").replace(":", "/").rpartition("/")[2]
