"""Amazon A2I as a desk of the queue, against the shapes that boto3 itself checks."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from agents.bundles import PinnedParts
from app.actions.doctor import a2i_checks
from app.settings import Settings
from ops.doctor import examine
from review.a2i.desk import A2IDesk
from review.a2i.loops import A2IError, A2ILoops, Loop
from review.a2i.wording import agreed, loop_name
from review.api.pictures import Pictures
from review.queue.history import Wanted
from review.sheet.content import Contents
from schemas.errors import TransientError
from store.revisions import standing
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import PNG, Desk

pytestmark = pytest.mark.anyio

FLOW = "arn:aws:sagemaker:eu-central-1:123456789012:flow-definition/receipts"
STAGING = "s3://staged/reviews"
OUTPUT = "s3://answers/receipts/output.json"
LOOP_ARN = "arn:aws:sagemaker:eu-central-1:123456789012:human-loop/x"


class FakeLoops:
    """A2I in memory: what was staged and started, and what its people are going to answer."""

    def __init__(self, *answers: dict[str, Any], status: str = "Completed") -> None:
        self.staged: dict[str, bytes] = {}
        self.started: dict[str, Any] = {}
        self._answers = answers
        self.status = status

    def stage(self, key: str, data: bytes, media_type: str) -> str:
        self.staged[key] = data
        return f"{STAGING}/{key}"

    def start(self, name: str, content: Any) -> bool:
        again = name in self.started
        self.started[name] = content
        return not again

    def look(self, name: str) -> Loop:
        assert name in self.started
        return Loop(self.status, OUTPUT if self.status == "Completed" else None, "nobody came")

    def answers(self, output: str) -> list[dict[str, Any]]:
        assert output == OUTPUT
        return list(self._answers)

    def exercise(self) -> str:
        return "well"


def working(desk: Desk, loops: FakeLoops) -> A2IDesk:
    contents = Contents(desk.workshop.store, PinnedParts())

    async def render(*_: object) -> bytes:
        return PNG

    return A2IDesk(desk.queue, contents, loops, Pictures(desk.workshop.store, contents, render), at_once=2)


def answer(**content: Any) -> dict[str, Any]:
    return {"answerContent": content, "timeSpentInSeconds": 12.5, "workerId": "w1"}


async def test_an_answer_becomes_the_decision_and_the_record(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    loops = FakeLoops(answer(total="8,50"))

    assert await working(desk, loops).once() == 1

    (content,) = loops.started.values()
    assert [field["path"] for field in content["fields"]] == ["total"]
    assert content["taskObject"].startswith(STAGING)
    assert content["fields"][0]["reasons"]
    desk.clock.on(seconds=15)
    await desk.publisher.once()
    revision = await standing(desk.workshop.store, document_id)
    assert revision is not None
    record = await desk.workshop.read(revision.record)
    total = next(one for one in record["fields"] if one["field"]["name"] == "total")
    assert total["field"]["readings"][0]["value"] == "8.50"
    (decision,) = await desk.queue.decisions(document_id=document_id)
    assert (decision["reviewer_id"], decision["active_ms"]) == ("a2i", 12_500)


async def test_a_restart_finds_the_loop_it_started_and_asks_nobody_twice(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    loops = FakeLoops(answer(total="8,50"), status="InProgress")
    await working(desk, loops).once()
    desk.clock.on(hours=2)
    loops.status = "Completed"

    assert await working(desk, loops).once() == 1
    assert len(loops.started) == 1


async def test_a_document_that_is_lost_keeps_no_other_from_being_asked(desk: Desk) -> None:
    lost = await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.submit(f"{DOUBTFUL}\nanother")
    (task,) = [one.task for one in await desk.queue.list_tasks(Wanted()) if one.task.document_id == lost]
    del desk.workshop.store.objects[task.record.uri]
    loops = FakeLoops(answer(total="8,50"))

    assert await working(desk, loops).once() == 1

    assert len(loops.started) == 1


async def test_what_a2i_refuses_ends_the_work_with_its_sentence(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)

    class Denying(FakeLoops):
        def start(self, name: str, content: Any) -> bool:
            raise A2IError("A2I: StartHumanLoop is denied", reason="loop_denied")

    with pytest.raises(A2IError, match="is denied"):
        await working(desk, Denying()).once()


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([answer(total="8,50"), answer(total="9,50")], "Completed"),
        ([answer(vendor="?")], "Completed"),
        ([answer(total="not a sum")], "Completed"),
        ([], "Failed"),
    ],
)
async def test_what_a2i_cannot_settle_goes_back_to_the_queue(
    desk: Desk, answers: list[dict[str, Any]], status: str
) -> None:
    await desk.workshop.submit(DOUBTFUL)

    assert await working(desk, FakeLoops(*answers, status=status)).once() == 0

    assert (await desk.claim())["asked"] == ["total"]


def test_more_than_half_must_say_the_same() -> None:
    one, other = answer(total="1"), answer(total="2")

    assert agreed([one, other, one]) == one
    assert agreed([one, other]) is None
    assert agreed([]) is None


def test_a_loop_has_a_name_that_a2i_takes() -> None:
    name = loop_name("0f8fad5b-d9cb-469f-a165-70867728950e", 12)

    assert name == "doctrail-0f8fad5bd9cb469fa16570867728950e-12"
    assert len(name) <= 63


@pytest.fixture
def stubs() -> Iterator[tuple[A2ILoops, Stubber, Stubber]]:
    """Loops whose clients are boto3's own, answered by botocore's stubs."""
    known = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
    runtime, objects = boto3.client("sagemaker-a2i-runtime", **known), boto3.client("s3", **known)
    with Stubber(runtime) as of_runtime, Stubber(objects) as of_objects:
        yield A2ILoops(FLOW, STAGING, runtime=runtime, objects=objects), of_runtime, of_objects


Stubs = tuple[A2ILoops, Stubber, Stubber]


def test_a_loop_is_started_looked_at_and_read(stubs: Stubs) -> None:
    loops, runtime, objects = stubs
    asked = {
        "HumanLoopName": "doctrail-1",
        "FlowDefinitionArn": FLOW,
        "HumanLoopInput": {"InputContent": '{"title": "é"}'},
        "DataAttributes": ANY,
    }
    runtime.add_response("start_human_loop", {"HumanLoopArn": LOOP_ARN}, asked)
    described = {
        "CreationTime": 0,
        "HumanLoopStatus": "Completed",
        "HumanLoopName": "doctrail-1",
        "HumanLoopArn": LOOP_ARN,
        "FlowDefinitionArn": FLOW,
        "HumanLoopOutput": {"OutputS3Uri": OUTPUT},
    }
    runtime.add_response("describe_human_loop", described, {"HumanLoopName": "doctrail-1"})
    body = json.dumps({"humanAnswers": [answer(total="1")]}).encode()
    objects.add_response(
        "get_object", {"Body": io.BytesIO(body)}, {"Bucket": "answers", "Key": "receipts/output.json"}
    )

    assert loops.start("doctrail-1", {"title": "é"})
    loop = loops.look("doctrail-1")
    assert loop == Loop("Completed", OUTPUT)
    assert loops.answers(OUTPUT) == [answer(total="1")]


def test_a_name_that_was_used_is_no_error(stubs: Stubs) -> None:
    loops, runtime, _ = stubs
    runtime.add_client_error("start_human_loop", "ConflictException", http_status_code=409)

    assert not loops.start("doctrail-1", {})


def test_a_staging_bucket_that_takes_nothing_is_named_with_the_grant(stubs: Stubs) -> None:
    loops, _, objects = stubs
    objects.add_client_error("put_object", "AccessDenied", http_status_code=403)

    with pytest.raises(A2IError, match="PutObject is denied: allow s3:PutObject on the staging prefix"):
        loops.exercise()


async def test_doctor_names_a_staging_bucket_that_takes_nothing(stubs: Stubs) -> None:
    loops, _, objects = stubs
    objects.add_client_error("put_object", "AccessDenied", http_status_code=403)
    settings = Settings(a2i_flow=FLOW, a2i_staging=STAGING)

    (found,) = await examine(a2i_checks(settings, lambda: loops))

    assert (found.part, found.state) == ("a2i", "fail")
    assert "allow s3:PutObject on the staging prefix" in found.detail


async def test_doctor_looks_at_a2i_only_where_it_is_set_up_and_then_wholly() -> None:
    assert a2i_checks(Settings(a2i_flow="", a2i_staging="")) == []

    (found,) = await examine(a2i_checks(Settings(a2i_flow="", a2i_staging=STAGING)))

    assert found.state == "fail"
    assert "DOCTRAIL_A2I_FLOW" in found.detail


def test_everything_that_is_needed_is_used_once(stubs: Stubs) -> None:
    loops, runtime, objects = stubs
    objects.add_response(
        "put_object",
        {},
        {"Bucket": "staged", "Key": "reviews/doctor", "Body": ANY, "ContentType": "text/plain"},
    )
    objects.add_response("delete_object", {}, {"Bucket": "staged", "Key": "reviews/doctor"})
    runtime.add_response(
        "list_human_loops", {"HumanLoopSummaries": []}, {"FlowDefinitionArn": FLOW, "MaxResults": 1}
    )

    assert loops.exercise() == "receipts answers, s3://staged/reviews/ takes objects"


def test_throttling_passes_and_is_tried_again(stubs: Stubs) -> None:
    loops, runtime, _ = stubs
    runtime.add_client_error("describe_human_loop", "ThrottlingException", http_status_code=429)

    with pytest.raises(TransientError):
        loops.look("doctrail-1")


@pytest.mark.parametrize(("flow", "staging"), [("receipts", STAGING), (FLOW, "bucket/prefix")])
def test_what_names_no_flow_or_no_place_is_refused(flow: str, staging: str) -> None:
    with pytest.raises(A2IError, match="it looks like"):
        A2ILoops(flow, staging, runtime=object(), objects=object())
