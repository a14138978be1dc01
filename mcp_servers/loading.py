"""From a folder of files to the snapshots of the three servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_servers.db.files import read_tables
from mcp_servers.errors import BrokenKnowledgeError
from mcp_servers.knowledge_graph.triples import read_graph
from mcp_servers.rag.files import Clause, Passages, pack_corpus, read_clauses

FOLDERS = {"clauses": "rag", "db": "db", "graph": "knowledge_graph"}
"""Folder of files by the server that answers from them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot that can be published.

    Attributes:
        told: What is in it, in words.
        left_out: What was left out and why, one sentence each.
    """

    data: bytes
    told: str
    left_out: tuple[str, ...] = ()


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of knowledge in a folder, by their path within it.

    Raises:
        BrokenKnowledgeError: There is no such folder, or nothing in it that a server answers from.
    """
    if not folder.is_dir():
        raise BrokenKnowledgeError(f"{folder} is no folder; it holds {', '.join(f'{n}/' for n in FOLDERS)}")
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    strange = sorted(name for name in found if name.split("/")[0] not in FOLDERS or "/" not in name)
    if strange:
        names = ", ".join(f"{name}/" for name in FOLDERS)
        raise BrokenKnowledgeError(f"{strange[0]}: files of knowledge lie in {names}")
    if not found:
        raise BrokenKnowledgeError(
            f"{folder} holds no files; they lie in {', '.join(f'{n}/' for n in FOLDERS)}"
        )
    return found


def servers_of(files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the servers that there are files for."""
    return frozenset(FOLDERS[name.partition("/")[0]] for name in files)


def make(
    files: Mapping[str, bytes], passages: Passages, *, standing: Sequence[Clause] = ()
) -> dict[str, Made]:
    """Return a snapshot per server that there are files for, and retrieval's where there are records.

    Args:
        files: By their path within the folder.
        passages: Of reviewed records, found without files.
        standing: The clauses that stay where there are no files of clauses.

    Raises:
        BrokenKnowledgeError: A file can't be used; it is named.
    """
    made: dict[str, Made] = {}
    for folder, server in FOLDERS.items():
        mine = {name.partition("/")[2]: data for name, data in files.items() if name.startswith(f"{folder}/")}
        if server == "rag" and (mine or passages.refs):
            made[server] = _corpus(read_clauses(mine) if mine else standing, passages)
        elif server == "db" and mine:
            tables = read_tables(mine)
            told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in tables.rows.items())
            made[server] = Made(tables.data, told, tables.left_out)
        elif mine:
            graph = read_graph(mine)
            told = f"{graph.entities} entities, {graph.triples} statements"
            made[server] = Made(graph.data, told, graph.left_out)
    return made


def _corpus(clauses: Sequence[Clause], passages: Passages) -> Made:
    told = f"{len(clauses)} clauses, {len(passages.refs)} reviewed records of the training pool"
    left_out = []
    if passages.kept_for_evals:
        left_out.append(f"{passages.kept_for_evals} reviewed records are kept for evals")
    if passages.left_out:
        left_out.append(f"{passages.left_out} reviewed records belong to no pool, or their pages are gone")
    return Made(pack_corpus(clauses, passages.refs), told, tuple(left_out))
