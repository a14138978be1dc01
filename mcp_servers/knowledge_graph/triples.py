"""Reading a graph's files: Turtle and N-Triples to one list of triples, with what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)

from mcp_servers.errors import BrokenKnowledgeError
from mcp_servers.ids import is_valid
from mcp_servers.knowledge_graph.vocabulary import COUNTRY, IDS, NAMES, modern
from mcp_servers.packing import pack

FORMATS = {".nt": RdfFormat.N_TRIPLES, ".ttl": RdfFormat.TURTLE}


@dataclass(frozen=True, slots=True)
class GraphFiles:
    """A graph as it is published.

    Attributes:
        data: The snapshot's bytes.
        entities: Things with a name.
        triples: All statements.
        left_out: Identifiers whose check digits are wrong, one sentence each.
    """

    data: bytes
    entities: int
    triples: int
    left_out: tuple[str, ...]


def read_graph(files: Mapping[str, bytes]) -> GraphFiles:
    """Return the graph that files state together; an identifier with wrong check digits is left out and told.

    Args:
        files: By name; ``.ttl`` or ``.nt``.

    Raises:
        BrokenKnowledgeError: A file is of another kind, or can't be read; its line is named.
    """
    quads = [quad for name, data in sorted(files.items()) for quad in _quads(name, data)]
    if any(isinstance(node, BlankNode) for quad in quads for node in (quad.subject, quad.object)):
        dataset = Dataset(quads)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        quads = list(dataset)
    countries = {
        str(quad.subject): quad.object.value
        for quad in quads
        if modern(quad.predicate.value) == COUNTRY and isinstance(quad.object, Literal)
    }
    kept, left_out = [], []
    for quad in quads:
        problem = _problem(quad, countries.get(str(quad.subject)))
        if problem is None:
            kept.append(f"{quad.subject} <{modern(quad.predicate.value)}> {quad.object} .")
        else:
            left_out.append(problem)
    named = {str(quad.subject) for quad in quads if modern(quad.predicate.value) in NAMES}
    return GraphFiles(pack(kept), len(named), len(set(kept)), tuple(sorted(left_out)))


def _quads(name: str, data: bytes) -> list[Quad]:
    suffix = name[name.rfind(".") :].lower()
    if suffix not in FORMATS:
        raise BrokenKnowledgeError(f"{name}: a graph is read from {' and '.join(FORMATS)} files")
    try:
        return list(parse(data, FORMATS[suffix]))
    except SyntaxError as error:
        raise BrokenKnowledgeError(f"{name} can't be read at line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise BrokenKnowledgeError(f"{name} can't be read: {error}") from error


def _problem(quad: Quad, country: str | None) -> str | None:
    scheme = IDS.get(modern(quad.predicate.value))
    if scheme is None or not isinstance(quad.object, Literal):
        return None
    if is_valid(scheme, quad.object.value, country) is not False:
        return None
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else "a blank node"
    return f"{subject}: its {scheme} identifier has wrong check digits"
