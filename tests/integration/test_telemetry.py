"""What a running doctrail exports, by a collector that really receives it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from schemas.topics import READ
from tests.integration.installation import copy_of_types
from tests.integration.terminal import Terminal
from tests.otlp import Collector, attributes_of, collecting

LETTER = "Dear Ms Hedge,\n\nthe hedge between our gardens is 2 m high.\n\nYours, A. Neighbour\n"


def submitted(tmp_path: Path, more: dict[str, str]) -> str:
    """Submit a letter in a process of its own, as exporting is a process's affair; return what it says."""
    terminal = Terminal(tmp_path, copy_of_types(tmp_path), more)
    (tmp_path / "letter.txt").write_text(LETTER)
    process = terminal.start("submit", "letter.txt", "--wait")
    said, complained = process.communicate(timeout=240)
    assert process.returncode == 0, complained
    return said + complained


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """What a submission told a collector, until its process ended."""
    with collecting() as collector:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "letters"}
        submitted(tmp_path_factory.mktemp("told"), more)
    return collector


def test_one_document_is_one_trace_from_its_submission_to_its_record(collector: Collector) -> None:
    spans = {span.span_id: span for span in collector.spans}
    assert collector.services == {"letters"}
    assert len(spans) == len(collector.spans)
    assert len({span.trace_id for span in spans.values()}) == 1
    (root,) = [span for span in spans.values() if not span.parent_span_id]
    assert (root.name, root.kind) == ("send documents.inbox", Span.SPAN_KIND_PRODUCER)
    assert {span.parent_span_id for span in spans.values()} - {b""} <= set(spans)
    handled = [attributes_of(span) for span in spans.values() if span.kind == Span.SPAN_KIND_CONSUMER]
    agents = {one["messaging.consumer.group.name"] for one in handled}
    assert {"intake", "gatekeeper", "validation", "catalog"} <= agents
    assert {one["messaging.destination.name"] for one in handled} <= set(READ)
    for span in spans.values():
        if span.kind == Span.SPAN_KIND_CONSUMER:
            sender, about = spans[span.parent_span_id], attributes_of(span)
            assert sender.kind == Span.SPAN_KIND_PRODUCER
            assert attributes_of(sender)["messaging.message.id"] == about["messaging.message.id"]


def test_calls_of_models_stand_in_the_trace_with_their_tokens(collector: Collector) -> None:
    spans = {span.span_id: span for span in collector.spans}
    calls = [span for span in spans.values() if span.name.startswith("chat ")]
    assert calls
    for call in calls:
        about = attributes_of(call)
        assert (about["gen_ai.operation.name"], about["gen_ai.provider.name"]) == ("chat", "local")
        assert about["gen_ai.usage.input_tokens"]
        assert spans[call.parent_span_id].kind == Span.SPAN_KIND_CONSUMER
        assert call.status.code == Status.STATUS_CODE_UNSET
    assert LETTER[:7] not in str(collector.spans)


def test_messages_tokens_and_queues_are_counted(collector: Collector) -> None:
    names = {metric.name for metric in collector.metrics}

    assert {
        "messaging.client.consumed.messages",
        "messaging.process.duration",
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.duration",
        "doctrail.queue.unread",
        "doctrail.queue.age",
    } <= names


def test_a_collector_that_does_not_answer_costs_no_document_and_no_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said = submitted(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": address})

    assert "1 submitted" in said
    assert "Traceback" not in said


def test_a_protocol_that_is_not_at_hand_is_said_at_once(tmp_path: Path) -> None:
    terminal = Terminal(
        tmp_path,
        copy_of_types(tmp_path, trained=False),
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        },
    )

    said = terminal.type("run", "--drain", code=1)

    assert "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' is not at hand; set http/protobuf" in said
