"""Labelled folders that are not in order: every one is refused by its line, and none stops the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.labelled.boxed import BrokenLabelsError
from inference.labelled.datasets import open_set
from inference.labelled.sources import sourced
from inference.splitter.data import paged_sources
from tests.unit.inference.labelled_sets import entry, write_set

WHERE = r"labels\.jsonl, line 1: "
DEEP = 850
"""Levels that JSON's reader may still take, but nobody who writes it anew."""


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("alignment", ["total"], "'alignment' must be an object"),
        ("alignment", "total", "'alignment' must be an object"),
        ("spans", [["total", "9.00"]], "'spans' must be an object"),
        ("spans", "9.00", "'spans' must be an object"),
        ("keys", 5, "'keys' must be a list of fields"),
        ("keys", True, "'keys' must be a list of fields"),
        ("keys", "total", "'keys' must be a list of fields"),
        ("keys", {"total": 1}, "'keys' must be a list of fields"),
        ("keys", [["total"]], "'keys' must be a list of fields"),
        ("doc_type", ["slip"], "'doc_type' must say"),
    ],
)
def test_a_member_of_the_wrong_type_is_named(
    tmp_path: Path, member: str, value: object, sentence: str
) -> None:
    folder = write_set(tmp_path, [entry("a", **{member: value})], a="Total 9.00")

    with pytest.raises(BrokenLabelsError, match=WHERE + sentence):
        open_set(folder)


def test_members_that_are_null_say_nothing(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [entry("a", alignment=None, spans=None, keys=None)], a="Total 9.00")

    assert open_set(folder).rows[0].absent == frozenset()


@pytest.mark.parametrize("member", ["boxes", "file", "text"])
@pytest.mark.parametrize("name", ["a\0b", "t" * 5000, "\ud800x"])
def test_what_can_be_no_files_name_is_named_in_brief(tmp_path: Path, member: str, name: str) -> None:
    folder = write_set(tmp_path, [entry("a", **{member: name})], a="Total 9.00")

    with pytest.raises(
        BrokenLabelsError, match=f"{WHERE}{member} '.*'…? can't be the name of a file"
    ) as told:
        open_set(folder)
    assert len(str(told.value)) < len(str(folder)) + 150


@pytest.mark.parametrize(
    "content",
    [
        {"bboxes": [[0], [1]]},
        {"bboxes": [[0, 0, float("inf"), 1], [0, 0, 1, 1]]},
        {"size": {"width": float("inf"), "height": 1}},
        {"words": [1, 2]},
        {"words": [None, "b"]},
        {"words": ["a", "\ud800"]},
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_boxes_that_are_none_are_named_with_their_line(
    tmp_path: Path, content: dict[str, object] | str | bytes
) -> None:
    folder = write_set(tmp_path, [entry("a", boxes="b.json", text=None)])
    fine = {
        "size": {"width": 9, "height": 9},
        "words": ["a", "b"],
        "bboxes": [[0, 0, 1, 1], [0, 2, 1, 3]],
    }
    (folder / "b.json").write_text(json.dumps(fine))
    assert len(open_set(folder).rows) == 1

    told = json.dumps(fine | content) if isinstance(content, dict) else content
    (folder / "b.json").write_bytes(told.encode() if isinstance(told, str) else told)

    with pytest.raises(BrokenLabelsError, match=WHERE + r"b\.json does not hold size, words and bboxes"):
        open_set(folder)


def test_a_text_that_claims_to_be_a_layout_block_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [entry("a")], a='<layout version="9">\nx')

    with pytest.raises(BrokenLabelsError, match=WHERE + r"a\.txt: layout block, line 1"):
        open_set(folder)


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        ("[" * 100_000, "its JSON is nested too deep"),
        ("[" * DEEP + "]" * DEEP, "its JSON is nested too deep"),
        ("9" * 5000, "a number of too many digits; write it as a string"),
    ],
)
def test_json_that_nobody_means_is_refused_by_its_line(tmp_path: Path, total: str, sentence: str) -> None:
    folder = write_set(tmp_path, [], a="Total 9.00")
    line = '{"doc_type": "slip", "text": "text/a.txt", "fields": {"total": ' + total + "}}"
    (folder / "labels.jsonl").write_text(line)

    with pytest.raises(BrokenLabelsError, match=WHERE + sentence):
        open_set(folder)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b"])
def test_only_a_newline_ends_a_line_and_a_byte_order_mark_is_no_content(tmp_path: Path, mark: str) -> None:
    rows = [entry("a", fields={"vendor": f"Oak{mark}Hill"}), entry("b", fields={"total": "9.00"})]
    plain = write_set(tmp_path / "one" / "slips", rows, a="Oak Hill", b="Total 9.00")
    raw = write_set(tmp_path / "other" / "slips", [], a="Oak Hill", b="Total 9.00")
    lines = [json.dumps(row, ensure_ascii=mark < " ") for row in rows]
    (raw / "labels.jsonl").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    one, other = open_set(plain), open_set(raw)

    assert one.digest == other.digest
    assert [(row.key, row.fields) for row in one.rows] == [(row.key, row.fields) for row in other.rows]
    assert sourced(plain, one) == sourced(raw, other)
    assert all(found.digests for found in sourced(raw, other))
    assert [path.name for path in paged_sources(raw)] == ["a.txt", "b.txt"]
