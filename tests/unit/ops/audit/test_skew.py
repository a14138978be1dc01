"""Documents that are read again by the model that read them."""

from __future__ import annotations

from ops.audit.costs import Costs
from ops.audit.skew import skewed
from ops.replay.again import Replay
from ops.replay.told import StageTold, Told
from schemas.objects import ObjectRef
from store.stages import Outcome, SealedMessage

MESSAGE = SealedMessage(topic="documents.classified", key="d", event_id="e", body="{}")


def told(key: str, said: str) -> Told:
    uri = f"documents/d/results/extraction/{key}.json"
    ref = ObjectRef(uri=uri, sha256=said * 64, size=1, media_type="application/json")
    outcome = Outcome(document_id="d", run_id="r", stage="extraction", trigger="e", result=ref, messages=())
    return Told(stages=[StageTold("extraction", MESSAGE, outcome, None)])


def again(before: Told, after: Told) -> Replay:
    return Replay("d" * 64, "r", "receipt", "extraction", (), before, after, None, 0, 1, 0.0)


def test_a_document_that_comes_out_otherwise_from_the_same_inputs_is_skew() -> None:
    (found,) = skewed([again(told("k", "a"), told("k", "b")), again(told("k", "c"), told("k", "c"))], Costs())

    assert found.key == "model.skew/receipt"
    assert "1 of 2 served documents" in found.sentence
    assert found.documents == ("d" * 64,)


def test_another_version_of_the_stage_may_say_something_else() -> None:
    assert [*skewed([again(told("k", "a"), told("l", "b"))], Costs())] == []
