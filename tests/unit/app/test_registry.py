from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import run
from store.bundles import publish_bundle, publish_model
from store.connect import connect
from store.erasures import Erasure, Receipt, begin_erasure, keep_receipt
from store.registry import RELEASE_SLOT, Registry, Statement
from store.releases import Release, publish_release
from tests.unit.store.made import DOCUMENT

NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def _live(home: Path) -> str:
    """Make a type live, and return the digest of its model."""
    store = connect(f"file://{home}/objects")
    model = await publish_model(store, b"a model")
    bundle = await publish_bundle(
        store, "slip", {"schema.json": b"{}", "prompt.md": b"", "rules.py": b"", "model": b"a model"}
    )
    digest, _ = await publish_release(
        store, Release(bundles={"slip": bundle}, classifier=model, classifier_thresholds=model)
    )
    await Registry(store).append(RELEASE_SLOT, Statement(at=NOW, what=digest, mark="approved", by="ada"))
    return model.sha256


async def _erased(home: Path, model: str) -> None:
    """Say that a document which taught the model was erased."""
    erasure = Erasure(
        document_id=DOCUMENT,
        number=1,
        documents=(DOCUMENT,),
        runs=(),
        objects=(),
        reason="asked",
        by="ada",
        at=NOW,
    )
    receipt = Receipt(
        erasure=erasure, catalog_rows=0, review_rows=0, eval_sets=(), retrain=(model,), finished_at=NOW
    )
    store = connect(f"file://{home}/objects")
    await begin_erasure(store, erasure)
    await keep_receipt(store, receipt)


def test_a_live_model_that_learned_from_an_erased_document_is_due_to_be_trained_again(
    made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = asyncio.run(_live(made_home))

    assert run(["registry", "show"]) == 0
    assert "retrain" not in capsys.readouterr().out

    asyncio.run(_erased(made_home, model))

    assert run(["registry", "show", "slip"]) == 0
    assert "  retrain    due: it learned from 1 document erased since\n" in capsys.readouterr().out
    assert run(["registry", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["slip"]["learned_from_erased"] == [DOCUMENT]


def test_a_type_that_nobody_made_live_is_told_from_those_that_are(
    made_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_live(made_home))

    assert run(["registry", "show", "leese"]) == 1
    assert capsys.readouterr().err == "Error: no type 'leese' is live; live are slip\n"
