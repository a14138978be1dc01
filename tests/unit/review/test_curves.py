"""A well log under review: its curves over the scan, drawn anew, held to the log, and the next revision."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.export.rows import answer_rows
from review.sheet.plots import GAP, LEAP, RIVAL, stretches
from schemas.canonical import sha256_hex
from store.curves import HEAD, curve_bytes, read_curve
from store.verify import verify_document
from tests.unit.agents.well_logs import LogShop, a_log, files_of, record_of
from tests.unit.review.api import Desk, open_desk

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def open_log(folder: Path, *asked: str) -> AsyncIterator[tuple[Desk, str, dict[str, Any]]]:
    """Open a desk with a log whose ``asked`` fields nothing certifies: the desk, its document and task."""
    async with open_desk(folder, workshop=LogShop(uncertified=asked)) as desk:
        document_id = await desk.workshop.submit(a_log().data, name="log.png")
        yield desk, document_id, await desk.claim()


def field_of(task: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in task["fields"] if one["path"] == path)
    return found


def rows_of(desk: Desk, task: dict[str, Any], path: str) -> list[tuple[float, float]]:
    return list(read_curve(desk.workshop.store.objects[field_of(task, path)["readings"][0]["value"]]))


def drawn(rows: list[tuple[float, float]], path: str = "curve_2") -> dict[str, Any]:
    value = curve_bytes(rows).decode()
    return {"path": path, "action": "correct", "value": value, "source": "typed", "ms": 4000}


async def released(desk: Desk) -> None:
    desk.clock.on(seconds=15)
    assert await desk.publisher.once() == 1


def at(row: int, depth: float | None = None, value: float | None = None) -> Callable[[list[Any]], list[Any]]:
    """Return what changes one row, counted from 1."""

    def change(rows: list[Any]) -> list[Any]:
        was = rows[row - 1]
        new = (was[0] if depth is None else depth, was[1] if value is None else value)
        return [*rows[: row - 1], new, *rows[row:]]

    return change


BAD: dict[str, tuple[Callable[[list[Any]], list[Any]], str]] = {
    "one too many": (lambda rows: [*rows, (rows[-1][0] + 0.5, 1.0)], "it has 301 rows, not 300"),
    "one too few": (lambda rows: rows[1:], "it has 299 rows, not 300"),
    "none": (lambda rows: rows[:0], "it has 0 rows, not 300"),
    "no number": (at(7, value=float("nan")), "row 7 holds a number that is none"),
    "no end": (at(7, value=float("inf")), "row 7 holds a number that is none"),
    "not deeper": (lambda rows: [rows[0], rows[0], *rows[2:]], "row 2 lies no deeper"),
    "below the page": (at(300, depth=99_999.0), "row 300: depth 99999 lies outside the log"),
    "above the page": (at(1, depth=-5.0), "row 1: depth -5 lies outside the log"),
    "off its track": (at(9, value=1e9), "row 9: value 1e+09 lies more than 10 widths off its track"),
}


async def test_a_curve_drawn_anew_is_the_next_revision_with_a_file_of_its_own(folder: Path) -> None:
    async with open_log(folder, "curve_2") as (desk, document_id, task):
        _shows_where_curves_run(task)
        await _refuses_what_is_no_curve_of_this_log(desk, document_id, task)
        rows = [(depth, value + 0.25) for depth, value in rows_of(desk, task, "curve_2")]
        key = f"documents/{document_id}/artifacts/curve/{sha256_hex(curve_bytes(rows))}/curve_2.csv"
        await desk.decide(task, [drawn(rows)])
        back = (await desk.client.post(f"/v1/review/{task['task_id']}/undo")).json()
        assert back["draft"]["fields"][0]["value"] == drawn(rows)["value"]

        answer = await desk.decide(back, [drawn(rows)])
        written = desk.workshop.store.objects.get(key)
        await released(desk)

        record = await record_of(desk.workshop, document_id)  # type: ignore[arg-type]
        history = (await desk.client.get(f"/v1/review/{task['task_id']}/history")).json()["decisions"]
        today = desk.clock.now.date()
        said = [row async for row in answer_rows(desk.workshop.store, today, today)]
        checked = await verify_document(desk.workshop.store, document_id)

    file = files_of(record)["curve_2"]
    edges = tuple(field_of(task, f"curve_2_{side}")["readings"][0]["value"] for side in ("left", "right"))
    assert answer.status_code == 200, answer.text
    assert written == curve_bytes(rows)
    assert (record.status, file.ref.uri) == ("accepted", key)
    assert (file.made_with["left"], file.made_with["right"]) == edges
    assert [one["after"] for one in history[-1]["fields"]] == [[key]]
    assert [row.values for row in said if row.field == "curve_2"] == [(key,)]
    assert checked.problems == ()


def _shows_where_curves_run(task: dict[str, Any]) -> None:
    shown = {path: field_of(task, path) for path in ("curve_1", "curve_2", "mask", "well")}
    plot = shown["curve_2"]["curve"]
    (left, top), (right, _), (_, bottom) = plot["corners"]
    assert {path: one.get("part") for path, one in shown.items()} == {
        "curve_1": "curve", "curve_2": "curve", "mask": "curve", "well": None,
    }  # fmt: skip
    assert (plot["page"], len(plot["across"]), plot["rival"]) == (1, 300, shown["curve_1"]["curve"]["across"])
    assert plot["scale"]["left"] == "curve_2_left"
    assert 0 < left < right < 1
    assert 0 < top < bottom < 1


async def _refuses_what_is_no_curve_of_this_log(desk: Desk, document_id: str, task: dict[str, Any]) -> None:
    rows, kept = rows_of(desk, task, "curve_2"), set(desk.workshop.store.objects)
    here = f"documents/{document_id}/artifacts/curve/{'0' * 64}"
    entries = {name: (drawn(change(rows)), why) for name, (change, why) in BAD.items()}
    for name, text, why in (
        ("no rows", f"{HEAD}\nlater\n", "row 1 is no depth and value"),
        ("cut off", f"{HEAD}\n1,2", "it is cut off"),
        ("other letters", f"{HEAD}\n\u0661,\u0662\n", "not ASCII"),
        ("no file", "my curve", "can't be read as file"),
        ("nothing there", f"{here}/curve_2.csv", "nothing stands there"),
        ("the other one", field_of(task, "curve_1")["readings"][0]["value"], "nothing stands there"),
    ):
        entries[name] = (drawn(rows) | {"value": text}, why)
    answers = {name: await desk.decide(task, [entry]) for name, (entry, _) in entries.items()}
    check = await desk.client.post(
        f"/v1/review/{task['task_id']}/check", json={"fields": [entries["one too many"][0]]}
    )
    written = set(desk.workshop.store.objects) - kept

    assert {name: (answer.status_code, answer.json()["field"]) for name, answer in answers.items()} == (
        dict.fromkeys(entries, (422, "curve_2"))
    )
    for name, (_, why) in entries.items():
        told = answers[name].json()["detail"]
        assert why in told, told
        assert "\n" not in told
    assert "301 rows" in check.json()["problems"]["curve_2"]
    assert not any("/artifacts/" in key for key in written)


async def test_a_curve_is_computed_with_the_edges_that_are_stated_beside_it(folder: Path) -> None:
    async with open_log(folder, "curve_2_right") as (desk, document_id, task):
        left, right = (
            float(field_of(task, f"curve_2_{side}")["readings"][0]["value"]) for side in ("left", "right")
        )
        rows = rows_of(desk, task, "curve_2")
        twice = [(depth, left + 2 * (value - left)) for depth, value in rows]
        other = {"path": "curve_2_right", "action": "correct", "value": f"{2 * right - left:g}"}

        stale = await desk.decide(task, [other])
        unknown = await desk.decide(task, [{**other, "action": "absent", "value": None}, drawn(twice)])
        answer = await desk.decide(task, [other, drawn(twice)])
        await released(desk)
        record = await record_of(desk.workshop, document_id)  # type: ignore[arg-type]

    assert (stale.status_code, "second_file_is_to_scale" in stale.json()["detail"]) == (422, True)
    assert "can't be computed without 'curve_2_right'" in unknown.json()["detail"]
    assert answer.status_code == 200, answer.text
    assert (record.status, files_of(record)["curve_2"].made_with["right"]) == ("accepted", other["value"])


def test_gaps_leaps_and_meetings_are_looked_at_from_top_to_bottom_close_ones_at_once() -> None:
    flat = [0.5] * 300
    across = (*flat[:100], *[0.8] * 100, *flat[200:])
    rival = (*[0.1] * 250, *[0.503] * 10, *[0.1] * 40)

    found = stretches(across, rival, [(20, 30), (96, 97)])

    assert found == ((20, 30, GAP), (96, 100, f"{GAP}; {LEAP}"), (199, 200, LEAP), (250, 259, RIVAL))


def test_a_curve_that_meets_the_other_around_the_edge_of_its_track_is_looked_at() -> None:
    assert stretches((1.999,) * 300, (0.001,) * 300, ()) == ((0, 299, RIVAL),)
