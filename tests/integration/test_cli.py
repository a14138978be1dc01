"""One home from its first document to a repaired store, by the commands an operator types."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.installation import SAMPLES, copy_of_types
from tests.integration.terminal import Terminal, running

LEASE, PLAIN, LOCKED = "lease-apartment.pdf", "lease-plain.txt", "encrypted.pdf"
EVIL = "a\x1b[2J\u202egpj.txt"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with four documents at rest; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("cli")
    terminal = Terminal(folder, copy_of_types(folder))
    scans = folder / "scans"
    scans.mkdir()
    for name in (LEASE, PLAIN, LOCKED):
        shutil.copy(SAMPLES / name, scans / name)
    (scans / EVIL).write_text("Nothing in particular.\nNo type at all.\n")
    assert "4 submitted" in terminal.type("submit", "scans", "--wait")
    return terminal


@pytest.fixture
def terminal(first: Terminal, tmp_path: Path) -> Terminal:
    """A copy of the home that a test may change."""
    shutil.copytree(first.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    return Terminal(tmp_path / "copy", tmp_path / "copy" / "types")


def review_of(terminal: Terminal, name: str) -> dict[str, Any]:
    (found,) = [line for line in terminal.ask("reviews", "list") if line["name"] == name]
    return dict(found)


def test_every_document_rests_and_the_second_time_is_known(first: Terminal) -> None:
    said = first.type("submit", "scans", "--wait")

    assert "4 already known" in said
    assert sum(first.states().values()) == 4
    assert first.states()["rejected"] == 1


def test_a_record_is_shown_by_the_path_of_its_file_by_its_id_and_by_a_prefix(first: Terminal) -> None:
    by_path = first.ask("show", f"scans/{LOCKED}")

    assert by_path["headline"].startswith("rejected: password required")
    assert first.ask("show", by_path["document_id"]) == by_path
    assert first.ask("show", by_path["document_id"][:10]) == by_path


def test_a_trace_comes_as_text_json_and_html(first: Terminal, tmp_path: Path) -> None:
    text = first.type("trace", f"scans/{LEASE}")
    told = json.loads(first.type("trace", f"scans/{LEASE}", "--json"))
    first.type("trace", f"scans/{LEASE}", "--html", str(tmp_path / "trace.html"))
    html = (tmp_path / "trace.html").read_text(encoding="utf-8")

    assert text.splitlines()[0] == told["headline"]
    assert first.type("trace", f"scans/{LEASE}") == text
    assert "data:image/png;base64," in html
    assert "<script" not in html
    assert "\x1b" not in text


def test_a_name_with_escapes_never_reaches_the_terminal_as_they_are(first: Terminal) -> None:
    commands = (
        ["reviews", "list"],
        ["records"],
        ["status"],
        ["trace", f"scans/{EVIL}"],
        ["show", f"scans/{EVIL}"],
    )

    for command in commands:
        said = first.type(*command)
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert "a\\x1b[2J" in first.type("reviews", "list")


def test_who_read_what_is_told_by_document_and_by_person(first: Terminal) -> None:
    document_id = first.ask("show", f"scans/{LOCKED}")["document_id"]
    first.type("records")

    ways = [one["way"] for one in first.ask("accesses", document_id)]
    assert {"show", "records"} <= set(ways)
    assert all(document_id in one["documents"] for one in first.ask("accesses", document_id))
    assert first.ask("accesses", "--who", "nobody-of-that-name") == []
    assert document_id[:8] in first.type("accesses")


def test_records_come_as_table_json_lines_and_a_whole_csv_file(first: Terminal, tmp_path: Path) -> None:
    table = first.type("records")
    rows = [json.loads(line) for line in first.type("records", "--format", "jsonl").splitlines()]
    said = first.type("records", "--format", "csv", "--out", str(tmp_path / "r.csv"))
    head, *lines = (tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()

    assert LOCKED in table
    assert LOCKED in {row["file_name"] for row in rows}
    assert head.startswith("document_id,file_name,submissions,doc_type,status,revision")
    assert f"{len(lines)} record" in said
    assert len(lines) == len(rows)


def test_a_person_decides_what_the_document_is_and_the_decision_flows_on(terminal: Terminal) -> None:
    review = review_of(terminal, EVIL)
    (terminal.folder / "d.json").write_text('{"reject": true, "comment": "a scribble"}')

    handed = terminal.type("reviews", "decide", review["review_id"][:8], "--file", "d.json", "--by", "ann")
    again = terminal.ask("reviews", "decide", review["review_id"], "--file", "d.json")
    terminal.work()

    assert "rejected: not a document" in handed
    assert (again["again"], again["decision"]["reviewer"]) == (True, "ann")
    assert terminal.states()["rejected"] == 2
    (terminal.folder / "e.json").write_text('{"doc_type": "lease"}')
    assert "was decided already by 'ann'" in terminal.type(
        "reviews", "decide", review["review_id"], "--file", "e.json", code=1
    )


def test_every_review_is_exported_into_a_folder_as_a_file_that_can_be_handed_in(terminal: Terminal) -> None:
    waiting = terminal.ask("reviews", "list")

    terminal.type("reviews", "export", "--out", "sheets")

    sheets = {path.stem: json.loads(path.read_text()) for path in (terminal.folder / "sheets").iterdir()}
    assert set(sheets) == {line["review_id"] for line in waiting}
    assert all(sheet["review_id"] == review_id for review_id, sheet in sheets.items())


def test_an_edited_prompt_runs_its_type_again_and_nothing_else(terminal: Terminal) -> None:
    prompt = terminal.types / "lease" / "prompt.md"
    before = terminal.ask("backfill", "--dry-run")
    prompt.write_text(prompt.read_text() + "\nBe exact.\n")

    planned = terminal.ask("backfill", "--dry-run")
    done = terminal.ask("backfill")
    again = terminal.ask("backfill", "--id", done["id"])

    leases = done["sent"]
    assert (before["sent"], before["unchanged"]) == (0, 4)
    assert (planned["sent"], planned["unchanged"], planned["finished"]) == (leases, 4 - leases, False)
    assert leases >= 1
    assert (done["finished"], sum(done["ended"].values())) == (True, leases)
    assert (again["already"], again["sent"], again["finished"]) == (leases, 0, True)
    assert terminal.ask("status")["backfills"] == []


def test_a_backfill_is_done_by_whoever_runs_the_home(terminal: Terminal) -> None:
    with running(terminal):
        done = terminal.ask("backfill", "--unchanged")

    assert (done["finished"], done["sent"], sum(done["ended"].values())) == (True, 4, 4)


def test_a_cut_off_artifact_is_named_quarantined_and_computed_again(terminal: Terminal) -> None:
    assert "all of them whole" in terminal.type("verify", "--all")
    result = next(iter(sorted((terminal.home / "objects" / "documents").glob("*/results/gatekeeper/*.json"))))
    os.truncate(result, 100)

    named = terminal.type("verify", "--all", code=1)
    repaired = terminal.type("verify", "--all", "--repair", code=1)
    terminal.work()

    assert f"results/gatekeeper/{result.name}" in named
    assert "quarantined" in repaired
    assert "all of them whole" in terminal.type("verify", "--all")


def test_the_catalog_comes_back_from_the_store(terminal: Terminal) -> None:
    before = terminal.states()
    for path in terminal.home.glob("doctrail.db*"):
        path.unlink()

    assert terminal.states() == {}
    rebuilt = terminal.ask("catalog", "rebuild")

    assert (rebuilt["documents"], rebuilt["problems"]) == (4, [])
    assert terminal.states() == before


def test_a_second_run_is_refused_with_the_pid_of_the_first(terminal: Terminal) -> None:
    with running(terminal) as process:
        refused = terminal.type("run", "--drain", code=1)
        status = terminal.type("status")

    assert f"is already run by process {process.pid}" in refused
    assert f"run by process {process.pid}" in status
    assert "nobody runs this home" in terminal.type("status")


def test_an_edit_that_breaks_a_type_is_named_and_not_published(terminal: Terminal) -> None:
    prompt = terminal.types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text().replace("{{field:landlord}}", "{{field:landlady}}"))

    refused = terminal.type("types", "publish", code=1)

    assert "'landlady'" in refused
    assert len(terminal.ask("types", "log")) == 1


def test_a_published_edit_is_live_and_in_the_log(terminal: Terminal) -> None:
    prompt = terminal.types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text() + "\nBe exact.\n")
    edited = {line["name"]: line["standing"] for line in terminal.ask("types", "list")["types"]}

    said = terminal.type("types", "publish", "--by", "ada")

    assert edited["lease"] == "edited"
    assert "is live" in said
    assert [(e["statement"]["mark"], e["statement"]["by"]) for e in terminal.ask("types", "log")][1:] == [
        ("approved", "ada")
    ]
    assert "nothing changed" in terminal.type("types", "publish")


def test_what_went_live_by_itself_can_be_approved_by_a_person(terminal: Terminal) -> None:
    said = terminal.type("types", "publish", "--by", "ada")

    first, second = (entry["statement"] for entry in terminal.ask("types", "log"))
    assert "was live already, marked dev; now approved by ada" in said
    assert (first["mark"], second["mark"], first["what"]) == ("dev", "approved", second["what"])


@pytest.mark.slow
def test_the_doctor_finds_every_part_working(terminal: Terminal) -> None:
    found = terminal.ask("doctor")

    assert [finding for finding in found["findings"] if finding["state"] == "fail"] == []
    assert {"store", "bus", "catalog", "types", "pages", "ocr", "clock"} <= {
        f["part"] for f in found["findings"]
    }


def test_a_home_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, copy_of_types(tmp_path))
    terminal.home.write_text("a file where the home should be")
    (tmp_path / "a.txt").write_text("A letter.\n")

    said = terminal.type("submit", "a.txt", code=1)

    assert len(said.splitlines()) == 1
    assert "Error: " in said


def test_an_interrupted_run_leaves_at_once_and_in_order(terminal: Terminal) -> None:
    with running(terminal) as process:
        process.send_signal(signal.SIGINT)
        _, complained = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in complained


def test_a_replay_prints_what_would_differ_and_changes_nothing(first: Terminal) -> None:
    objects = {path: path.read_bytes() for path in first.home.glob("objects/**/*") if path.is_file()}

    said = first.type("replay", LEASE, "--with", "threshold.tenant=0.0")
    many = first.type("replay", "--sample", "3", "--with", "threshold.tenant=0.0")
    nobody = first.type("replay", LEASE, "--with", "model=unknown", code=1)

    assert "replayed from validation with threshold.tenant=0.0" in said
    assert "  tenant: " in said
    assert "review → accepted" in said
    assert "replayed with threshold.tenant=0.0, from validation on" in many
    assert nobody.startswith("Error: no model 'unknown' can be asked: DOCTRAIL_MODEL_URL is local:")
    assert objects == {path: path.read_bytes() for path in first.home.glob("objects/**/*") if path.is_file()}
