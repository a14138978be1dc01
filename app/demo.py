"""``make demo``: the sample documents through the whole pipeline, on this machine alone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import samples
from app.actions.submit import submit_all
from app.failures import sentences
from app.looping import run
from app.printing import columns, complain, say
from app.session import settings
from app.settings import Settings
from app.wiring import open_doctrail

DOCUMENTS = Path(samples.__file__).parent / "documents"
WHY_WIDTH = 88

INTRODUCTION = """\
doctrail demo: {count} sample documents, everything on this machine, state in {home}/
The samples were made by the project itself, and the models for leases and sale agreements were
trained on such samples. Certificates on generated samples accept nothing unless the operator says
so; the demo says so (DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES=true). Leave it off on your own documents.
"""

NEXT = """
What you can type next (the command is .venv/bin/doctrail, or put .venv/bin on your PATH):
  doctrail trace {accepted:<44} how a record came about
  doctrail trace {doubtful:<44} why a person should look
  doctrail trace {doubtful} --html trace.html
  doctrail reviews list                                       what waits for a person
  doctrail records --type invoice --format csv --out invoices.csv
  doctrail submit YOUR-FOLDER --wait                          your own documents
"""


async def demo(chosen: Settings) -> int:
    """Run the demo and return its exit code."""
    files = sorted(path for path in DOCUMENTS.iterdir() if path.is_file())
    say(INTRODUCTION.format(count=len(files), home=chosen.home))
    started = time.perf_counter()
    code = await submit_all(chosen, [DOCUMENTS], wait=True, force=False)
    say(f"done in {time.perf_counter() - started:.1f} s", "")
    accepted, doubtful = await _tell(chosen, files)
    say(NEXT.format(accepted=accepted, doubtful=doubtful))
    return code


async def _tell(chosen: Settings, files: list[Path]) -> tuple[str, str]:
    """Print where every document stands and why; return one accepted and one doubtful document's path."""
    from ops.identify import identify
    from ops.trace import load_trace
    from ops.trace.story import State
    from ops.words import shown, spoken

    rows: list[tuple[str, str, str, str]] = []
    examples: dict[str, str] = {}
    async with open_doctrail(chosen) as doctrail:
        for file in files:
            found = await identify(doctrail.store, doctrail.catalog, str(file))
            trace = await load_trace(doctrail.store, found.document_id)
            record = trace.run.record if trace.run else None
            doc_type = spoken(record.doc_type) if record else "–"
            why = trace.headline.partition(": ")[2]
            rows.append((shown(file.name), doc_type, spoken(trace.state.value), shown(why, WHY_WIDTH)))
            examples.setdefault(trace.state.value, _relative(file))
    say(*columns(("DOCUMENT", "TYPE", "STATE", "WHY"), rows))
    first = _relative(files[0])
    return examples.get(State.ACCEPTED, first), examples.get(State.IN_REVIEW, first)


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def main() -> None:
    """Run the demo; an error is one sentence."""
    chosen = settings(logs="warning").model_copy(update={"accept_generated_certificates": True})
    try:
        sys.exit(run(demo(chosen)))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 (the last place that can say what happened)
        for sentence in sentences(error, "demo"):
            complain(sentence)
        sys.exit(1)


if __name__ == "__main__":
    main()
