"""What ``doctrail verify`` does: prints ledgers as they are made, repairs where asked, counts as it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from app.printing import say, say_json
from app.session import with_doctrail
from app.wiring import Doctrail
from ops.identify import identify
from ops.verify import Repaired, ledger_lines, ledgers, repair, repaired_lines
from ops.words import several
from store.verify import Ledger
from store.verify_shared import SHARED


@dataclass(slots=True)
class _Found:
    """What was checked so far; no ledger is kept but for JSON."""

    documents: int = 0
    objects: int = 0
    problems: int = 0
    affected: int = 0
    ledgers: list[dict[str, Any]] = field(default_factory=list)

    def add(self, ledger: Ledger, done: Repaired | None, *, as_json: bool) -> None:
        self.documents += ledger.document_id != SHARED
        self.objects += len(ledger.rows)
        self.problems += len(ledger.problems)
        self.affected += not ledger.ok and ledger.document_id != SHARED
        if as_json:
            rows = [{**asdict(row), "ok": row.ok} for row in ledger.rows]
            repaired = done.model_dump(mode="json") if done else None
            self.ledgers.append({"id": ledger.document_id, "rows": rows, "repaired": repaired})

    def sentence(self) -> str:
        checked = f"{several(self.objects, 'object')} of {several(self.documents, 'document')} checked"
        if not self.problems:
            return f"{checked}, all of them whole"
        return f"{checked}, {self.problems} not as they should be, in {several(self.affected, 'document')}"


def verify(wanted: str | None, *, mend: bool, as_json: bool) -> bool:
    """Check one document, or everything; return whether all is whole as it was found."""

    async def work(doctrail: Doctrail) -> _Found:
        found = _Found()
        one = (await identify(doctrail.store, doctrail.catalog, wanted)).document_id if wanted else None
        async for ledger in ledgers(doctrail.store, one):
            done = None
            if mend and not ledger.ok:
                done = await repair(doctrail.store, doctrail.bus, ledger, now=doctrail.now())
            found.add(ledger, done, as_json=as_json)
            if not as_json:
                say(*ledger_lines(ledger, only_problems=one is None))
                say(*(repaired_lines(done) if done else ()))
        return found

    found = with_doctrail(work)
    if as_json:
        say_json({"ok": not found.problems, "ledgers": found.ledgers})
    else:
        say(found.sentence())
    return not found.problems
