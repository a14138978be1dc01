"""What the knowledge graph answers, as models read it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.answering import Answer
from mcp_servers.ids import Scheme
from mcp_servers.matching import Status


class Identifier(BaseModel):
    """An identifier of an entity, checked by its check digits where a rule is known."""

    model_config = ConfigDict(frozen=True)

    scheme: Scheme
    value: str


class Entity(BaseModel):
    """A thing with a name."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="IRI of the entity, for the tools facts and related")
    name: str
    kind: str | None = None
    country: str | None = None
    aliases: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


class Candidate(BaseModel):
    """An entity that may be meant."""

    model_config = ConfigDict(frozen=True)

    entity: Entity
    score: float = Field(description="0 to 1; 1 is the very name, or an identifier of it")
    matched: str = Field(description="which of its names or identifiers was matched")


class Resolved(Answer):
    """Who is meant by a name.

    Attributes:
        status: ``match``: one entity, ``entity`` has it. ``ambiguous``: several are as likely. ``conflict``:
            an identifier belongs to an entity of another name. ``no_match``: nobody in this graph.
        reason: Why, in one sentence.
        candidates: The likest, best first; those of a ``no_match`` were not like enough.
        ignored: Identifiers of the question that are wrong in themselves.
    """

    status: Status
    reason: str
    entity: Entity | None = None
    score: float | None = None
    candidates: tuple[Candidate, ...] = ()
    ignored: tuple[str, ...] = ()


class Relation(BaseModel):
    """A relation between two entities, seen from the one that was asked about."""

    model_config = ConfigDict(frozen=True)

    relation: str
    direction: Literal["outgoing", "incoming"]
    entity: Entity


class Related(Answer):
    """Entities that stand in a relation to one."""

    entity: Entity
    relations: tuple[Relation, ...]
    next_cursor: str | None = None


class Fact(BaseModel):
    """A statement about an entity."""

    model_config = ConfigDict(frozen=True)

    predicate: str
    value: str
    iri: str = Field(description="the predicate's whole IRI")


class Facts(Answer):
    """What is stated about an entity."""

    entity: Entity
    facts: tuple[Fact, ...]
    next_cursor: str | None = None


class About(Answer):
    """What there is to ask."""

    entities: int
    names: int
    triples: int
    relations: tuple[str, ...]
