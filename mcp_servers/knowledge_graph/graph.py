"""An opened graph: its triples in a store of their own, its names and identifiers in an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from mcp_servers.knowledge_graph.answers import Entity, Identifier
from mcp_servers.knowledge_graph.vocabulary import ALIASES, COUNTRY, IDS, NAMES, short_name
from mcp_servers.matching import Matcher, Party
from mcp_servers.packing import unpack

_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(slots=True)
class _Draft:
    names: dict[int, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    ids: list[Identifier] = field(default_factory=list)
    country: str | None = None
    kind: str | None = None


class Graph:
    """A graph that answers; nothing in it changes once it is open.

    Args:
        data: A snapshot's bytes.

    Attributes:
        entities: In the order of their ids.
        by_iri: Position by IRI.
        matcher: Finds entities by names and identifiers.
        triples: How many statements there are.
    """

    def __init__(self, data: bytes) -> None:
        self._store = Store()
        lines = unpack(data)
        if lines:
            self._store.load(lines, RdfFormat.N_TRIPLES)
        self.triples = len(self._store)
        drafts = self._drafts()
        self.entities = tuple(_entity(iri, drafts[iri]) for iri in sorted(drafts) if drafts[iri].names)
        self.by_iri = {entity.id: at for at, entity in enumerate(self.entities)}
        self.matcher = Matcher([_party(entity) for entity in self.entities])

    def statements(self, iri: str) -> list[tuple[str, str]]:
        """Return (predicate, value) of every statement about an entity, in order."""
        found = (
            (quad.predicate.value, _value(quad.object))
            for quad in self._store.quads_for_pattern(NamedNode(iri), None, None)
        )
        return sorted(found)

    def edges(self, iri: str) -> list[tuple[str, bool, int]]:
        """Return (predicate, whether it leads away, position of the other entity), in order."""
        node = NamedNode(iri)
        out = (
            (quad.predicate.value, True, self.by_iri[quad.object.value])
            for quad in self._store.quads_for_pattern(node, None, None)
            if isinstance(quad.object, NamedNode) and quad.object.value in self.by_iri
        )
        back = (
            (quad.predicate.value, False, self.by_iri[quad.subject.value])
            for quad in self._store.quads_for_pattern(None, None, node)
            if isinstance(quad.subject, NamedNode) and quad.subject.value in self.by_iri
        )
        return sorted([*out, *back], key=lambda edge: (edge[0], not edge[1], edge[2]))

    def relations(self) -> tuple[str, ...]:
        """Return the relations between entities, by the names people call them by."""
        found = self._store.query("SELECT DISTINCT ?p WHERE { ?s ?p ?o FILTER isIRI(?o) }")
        names = {short_name(solution["p"].value) for solution in found}  # type: ignore[union-attr]
        return tuple(sorted(names - {"type"}))

    def _drafts(self) -> dict[str, _Draft]:
        drafts: dict[str, _Draft] = defaultdict(_Draft)
        ranks = {iri: rank for rank, iri in enumerate(NAMES)}
        for subject, predicate, value in self._literals():
            draft = drafts[subject]
            if predicate in ranks:
                known = draft.names.setdefault(ranks[predicate], value)
                draft.names[ranks[predicate]] = min(known, value)
                # In another language, say: it is called by one and known by all.
                draft.aliases.append(value)
            elif predicate in ALIASES:
                draft.aliases.append(value)
            elif predicate in IDS:
                draft.ids.append(Identifier(scheme=IDS[predicate], value=value))
            elif predicate == COUNTRY:
                draft.country = value
        for quad in self._store.quads_for_pattern(None, _TYPE, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                drafts[quad.subject.value].kind = short_name(quad.object.value)
        return drafts

    def _literals(self) -> Iterator[tuple[str, str, str]]:
        for predicate in (*NAMES, *ALIASES, *IDS, COUNTRY):
            for quad in self._store.quads_for_pattern(None, NamedNode(predicate), None):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                    yield quad.subject.value, predicate, quad.object.value


def _entity(iri: str, draft: _Draft) -> Entity:
    name = draft.names[min(draft.names)]
    others = {*draft.names.values(), *draft.aliases} - {name}
    return Entity(
        id=iri,
        name=name,
        kind=draft.kind,
        country=draft.country,
        aliases=tuple(sorted(others)),
        identifiers=tuple(sorted(draft.ids, key=lambda one: (one.scheme, one.value))),
    )


def _party(entity: Entity) -> Party:
    identifiers = tuple((one.scheme, one.value) for one in entity.identifiers)
    return Party((entity.name, *entity.aliases), entity.country, identifiers)


def _value(node: object) -> str:
    return node.value if isinstance(node, NamedNode | Literal) else str(node)
