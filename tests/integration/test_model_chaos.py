"""A few documents among every fault of the laboratory; ``python -m tests.chaos.models`` does many."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from app.actions.serve_model import trained_variants
from app.answering import variants_in
from app.wiring import open_doctrail
from inference.local import LocalModel
from inference.protocol import ModelReply, ModelRequest
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Fault, Plan
from inference.serve.running import serving
from inference.serve.signature import Keys
from inference.serve.standing_in import StandingIn
from tests.chaos.accounts import Broken, Told, accepted_off_page
from tests.chaos.checker import check
from tests.chaos.documents import write_documents
from tests.chaos.models import among_faults, bought_again, configured

AT_ONCE = frozenset(Fault) - {Fault.SLOW, Fault.HANG, Fault.THROTTLE_HINTED}
"""Faults that nobody has to wait for."""
CHANCE, SEED, DOCUMENTS = 0.5, 3, 8
PATIENCE = 200.0
"""Seconds that a call may take on a starved machine: none is given up that was answered."""


@dataclass
class Counting:
    """Answers as another model does, and counts."""

    model: StandingIn
    answered: int = field(default=0)

    def endpoint(self, model: str) -> str:
        return self.model.endpoint(model)

    async def complete(self, request: ModelRequest) -> ModelReply:
        reply = await self.model.complete(request)
        self.answered += 1
        return reply

    async def close(self) -> None:
        await self.model.close()


def test_documents_among_faults_are_neither_lost_nor_doubled_nor_paid_for_twice(tmp_path: Path) -> None:
    broken = Broken()
    paths = write_documents(tmp_path / "documents", DOCUMENTS, SEED)
    home = tmp_path / "home"

    async def run() -> list[str]:
        async with open_doctrail(configured(home, "127.0.0.1:1")) as doctrail:
            await doctrail.live.digest(doctrail.now())
            objects = doctrail.store
        plan = Plan(dict.fromkeys(sorted(AT_ONCE), CHANCE / len(AT_ONCE)), SEED)
        model = Counting(StandingIn(LocalModel(variants_in(objects)), lambda: trained_variants(objects)))

        def told() -> Told:
            lost = plan.met[Fault.RESET] + plan.met[Fault.TRUNCATED]
            return Told(model.answered - lost, lost, Counter({str(f): n for f, n in plan.met.items()}))

        async with serving(Endpoint(model, Keys(), plan, lambda: datetime.now(UTC))) as server:
            patient = configured(home, server.address, model_seconds=PATIENCE)
            stopped = await among_faults(patient, paths, told, broken)
        async with serving(Endpoint(model, Keys(), Plan({}), lambda: datetime.now(UTC))) as server:
            await bought_again(configured(home, server.address), stopped)
        return await accepted_off_page(objects)

    off_page = asyncio.run(run())
    findings = check(home, [path.read_bytes() for path in paths])
    findings.dead_lettered.clear()

    assert broken.sentences == []
    assert off_page == []
    assert {name: found for name, found in vars(findings).items() if found} == {}
