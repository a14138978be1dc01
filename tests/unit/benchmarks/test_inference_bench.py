from __future__ import annotations

import json

import pytest

from benchmarks.inference import contract, main
from inference.reading.blocks import from_block


def test_a_contract_has_as_many_pages_as_asked_for_and_is_the_same_each_time() -> None:
    made = contract(3, seed=4)

    assert [page.number for page in made.pages] == [1, 2, 3]
    assert made == contract(3, seed=4) != contract(3, seed=5)
    assert len(from_block(made).rows) == sum(len(page.lines) for page in made.pages)


def test_the_bench_reads_the_contract_with_every_shipped_model_of_contracts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--pages", "2", "--json"])
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert [cost["name"] for cost in figures["long"]] == [
        "agreement", "lease", "nda", "sale_purchase_agreement",
    ]  # fmt: skip
    assert all(cost["model_kb"] > 0 and cost["characters"] > 1000 for cost in figures["long"])
