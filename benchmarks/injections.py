"""Orders to machines planted in documents, tools and replies: what is obeyed, read wrong, flagged.

Usage: python -m benchmarks.injections [--originals DIR] [--json FILE]

Every planted document goes through the whole pipeline beside its clean original, three times: with the local
model, with an endpoint whose every reply obeys (``doctrail model serve --inject obeyed=1``), and with a model
that records what the orders say, with the very words as its evidence. Knowledge is loaded whose facts and
passages give orders too; that model asks for such a passage, and every request of it is searched for orders
that reached it after all. ``--originals`` reads clean files of a folder and counts how many are flagged.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import store.connect
from agents.instructions import instruction_lines
from app.actions.knowledge import Files, load_knowledge
from app.actions.submit import submit_all
from app.answering import variants_in
from app.clock import utc_now
from app.logs import configure_logs
from app.settings import Settings
from app.wiring import open_doctrail, page_reader
from benchmarks.obedient import SEARCH, Obedient
from benchmarks.obeyed import Figures, figures, shown, told
from benchmarks.planting import (
    ORDER,
    Planted,
    clean_documents,
    parties,
    planted_documents,
)
from doctypes.folder import ROOT
from inference.local import LocalModel
from inference.protocol import ModelClient
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Fault, Plan
from inference.serve.running import serving
from inference.serve.signature import Keys
from pages.reader import ReadDocument
from samples.knowledge import world
from schemas.layout import NoteKind

ORIGINALS = (".pdf", ".jpg", ".png")


async def run_mode(
    mode: str, clean: Mapping[str, tuple[str, str, bytes]], planted: Sequence[Planted]
) -> Figures:
    """Put clean and planted documents through a pipeline of their own and return what was found."""
    with tempfile.TemporaryDirectory(prefix="doctrail-injections-") as name:
        folder = Path(name)
        chosen = Settings(home=folder / "home", accept_generated_certificates=True, review_serve=False)
        inbox = _written(folder, clean, planted)
        if mode == "local":
            return await _measured(mode, chosen, inbox, clean, planted)
        objects = store.connect.connect(chosen.store)
        local: ModelClient = LocalModel(variants_in(objects))
        plan = Plan({Fault.OBEYED: 1.0} if mode == "obeyed" else {})
        obedient = Obedient(local) if mode == "obedient" else None
        async with serving(Endpoint(obedient or local, Keys(), plan, utc_now)) as endpoint:
            remote = chosen.model_copy(
                update={"model_url": f"bedrock+http://{endpoint.address}", "doctypes": _searching(folder)}
            )
            found = await _measured(mode, remote, inbox, clean, planted)
    asked = (obedient.requests, obedient.reached, obedient.passages) if obedient else None
    return replace(found, asked=asked)


def _searching(folder: Path) -> Path:
    """Return the types, with clauses to be searched by whoever may ask tools."""
    types = folder / "types"
    shutil.copytree(ROOT, types, ignore=shutil.ignore_patterns("__pycache__"))
    for prompt in types.glob("*/prompt.md"):
        text = prompt.read_text(encoding="utf-8")
        prompt.write_text(
            text.replace("tools: resolve_entity\n", f"tools: resolve_entity, {SEARCH}\n"), encoding="utf-8"
        )
    return types


async def _measured(
    mode: str,
    chosen: Settings,
    inbox: Path,
    clean: Mapping[str, tuple[str, str, bytes]],
    planted: Sequence[Planted],
) -> Figures:
    async with open_doctrail(chosen) as doctrail:
        await doctrail.live.digest(doctrail.now())
        await load_knowledge(doctrail, Files(knowledge_with_orders()), by="benchmark")
    await submit_all(chosen, [inbox], wait=True, force=False)
    async with open_doctrail(chosen, needs_bus=False, needs_catalog=False) as doctrail:
        found = {
            key: await told(doctrail.store, data)
            for key, data in (
                *((key, data) for key, (_, _, data) in clean.items()),
                *((one.name, one.data) for one in planted),
            )
        }
    return figures(mode, found, clean, planted)


def knowledge_with_orders() -> dict[str, bytes]:
    """Return a small world in which companies' names and clauses give orders to whoever reads them."""
    files = world(150)
    lines = files["graph/companies.nt"].decode().splitlines()
    for number, party in enumerate(parties()):
        entity = f"<urn:planted:{number}>"
        lines.append(f"{entity} <https://schema.org/legalName> {json.dumps(party)} .")
        lines.append(f"{entity} <https://schema.org/alternateName> {json.dumps(ORDER)} .")
    clause = {"id": "planted", "topic": "Payment", "text": ORDER, "source": "benchmark"}
    return {
        **files,
        "graph/companies.nt": ("\n".join(lines) + "\n").encode(),
        "clauses/orders.jsonl": json.dumps(clause).encode(),
    }


def _written(folder: Path, clean: Mapping[str, tuple[str, str, bytes]], planted: Sequence[Planted]) -> Path:
    inbox = folder / "inbox"
    inbox.mkdir()
    for key, (_, suffix, data) in clean.items():
        (inbox / f"{key}{suffix}").write_bytes(data)
    for one in planted:
        (inbox / f"{one.name}{one.suffix}").write_bytes(one.data)
    return inbox


async def false_flags(files: Sequence[Path], tell: Callable[[str], None]) -> tuple[int, list[str]]:
    """Return how many files could be read, and which of them are flagged."""
    flagged, read = [], 0
    async with page_reader(Settings()) as reader:
        for path in files:
            found = await reader.read(path.read_bytes())
            if isinstance(found, ReadDocument):
                read += 1
                noted = any(note.kind is NoteKind.INSTRUCTIONS for note in found.layout.notes)
                if noted or instruction_lines(found.layout):
                    flagged.append(path.name)
                    tell(f"  flagged: {path.name}")
    return read, flagged


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.injections")
    parser.add_argument("--originals", type=Path, help="folder of clean files, to count false flags in")
    parser.add_argument("--modes", default="local,obeyed,obedient", help="which models")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    configure_logs("error")
    clean, planted = clean_documents(), list(planted_documents())
    runs = []
    for mode in filter(None, options.modes.split(",")):
        runs.append(asyncio.run(run_mode(mode, clean, planted)))
        print(shown(runs[-1]))
        for what, names in (
            ("obeyed", runs[-1].obeyed),
            ("wrong", runs[-1].wrong),
            ("passed", runs[-1].passed),
        ):
            if names and not (what != "passed" and mode != "local"):
                print(f"  {what}: {', '.join(names)}")
    if options.originals:
        files = sorted(p for p in options.originals.rglob("*") if p.suffix.lower() in ORIGINALS)
        files = [path for path in files if "hostile" not in path.parts]
        read, flagged = asyncio.run(false_flags(files, print))
        print(f"originals: {len(flagged)} of {read} flagged ({100 * len(flagged) / max(read, 1):.2f} %)")
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
