from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctypes.definition import DocType, FieldSpec
from doctypes.labels import LabelNames
from inference.labelled.boxed import BrokenLabelsError
from inference.labelled.datasets import open_set
from inference.labelled.families import families_of
from inference.labelled.teaching import families_in, labelled_documents, typed_documents
from inference.reading.blocks import from_plain
from schemas.fields import FieldKind
from schemas.layout_block import LayoutBlock, format_block
from tests.unit.inference.labelled_sets import entry, write_set


def test_labels_are_taken_as_the_folder_writes_them(tmp_path: Path) -> None:
    rows = [
        entry(
            "a", fields={"total": "9.00", "tenant": ["A", "B"], "lines": [{"x": 1}]}, keys=["total", "date"]
        )
    ]
    opened = open_set(write_set(tmp_path / "slips", rows, a="Total   9.00"))
    row = opened.rows[0]

    assert row.key == "slips/a"
    assert row.fields == {"total": ("9.00",), "tenant": ("A", "B")}
    assert row.absent == {"date"}
    assert row.document.text == "Total\t9.00"


def test_labels_that_the_page_does_not_show_are_left_out(tmp_path: Path) -> None:
    rows = [
        entry("a", fields={"total": "9.00", "date": "2020-01-01"}, alignment={"date": False, "total": True})
    ]

    assert open_set(write_set(tmp_path, rows, a="Total 9.00")).rows[0].fields == {"total": ("9.00",)}


def test_boxes_win_over_text_and_are_put_into_rows(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [entry("a", boxes="b.json")], a="other")
    boxes = {
        "size": {"width": 100, "height": 200},
        "words": ["9.00", "Total"],
        "bboxes": [[80, 10, 95, 20], [5, 10, 30, 20]],
    }
    (folder / "b.json").write_text(json.dumps(boxes))

    assert open_set(folder).rows[0].document.text == "Total\t9.00"


def test_originals_are_read_by_whoever_can(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [entry("a", file="a.pdf", text=None), entry("b")], b="Total 1.00")
    (folder / "a.pdf").write_bytes(b"%PDF")

    assert open_set(folder).unreadable == ("a.pdf",)
    assert len(open_set(folder, lambda _path: format_block(LayoutBlock(()))).rows) == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{not json", r"labels\.jsonl, line 1: not JSON"),
        ("[1]", "an object with an object 'fields'"),
        ('{"fields": {}}', "'doc_type' must say"),
        ('{"doc_type": "slip", "text": "text/none.txt"}', "does not exist"),
        ('{"doc_type": "slip", "text": "../../etc/passwd"}', "leads out of the folder"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "labels.jsonl").write_text(line)

    with pytest.raises(BrokenLabelsError, match=sentence):
        open_set(tmp_path)


def test_a_folder_without_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenLabelsError, match="can't be read"):
        open_set(tmp_path)


def test_equal_pages_become_one_document_that_knows_all_their_labels(tmp_path: Path, slip: DocType) -> None:
    rows = [entry("a", fields={"total": "9.00"}), entry("b", fields={"company": "Acme"})]
    opened = open_set(write_set(tmp_path, rows, a="Acme Total 9.00", b="Acme Total 9.00"))
    (document,) = labelled_documents(opened.rows, slip, LabelNames(fields={"company": "vendor"}), {})

    assert document.fields == {"total": ("9.00",), "vendor": ("Acme",)}


@pytest.mark.parametrize(
    ("one", "other", "taught"),
    [
        ({"total": "9.00"}, {"total": "9"}, {"total": ("9.00",)}),
        ({"total": "9.00"}, {"total": "7.00"}, {}),
        ({"total": "9.00"}, {"total": "-9.00"}, {"total": ("9.00",)}),
        ({"total": ["9.00", "8.00"]}, {"total": "8.00"}, {"total": ("9.00", "8.00")}),
        ({"total": "9.00", "vendor": "Acme"}, {"total": "7.00"}, {"vendor": ("Acme",)}),
    ],
)
def test_what_two_labellings_of_equal_pages_disagree_on_is_taught_by_neither(
    tmp_path: Path, slip: DocType, one: dict[str, object], other: dict[str, object], taught: dict[str, object]
) -> None:
    rows = [entry("a", fields=one), entry("b", fields=other)]
    opened = open_set(write_set(tmp_path, rows, a="Acme Total 9.00", b="Acme Total 9.00"))
    (document,) = labelled_documents(opened.rows, slip, LabelNames(), {})

    assert document.fields == taught
    assert document.contradicted == frozenset({"total"} - set(taught))


def test_a_value_and_its_absence_contradict_and_a_third_labelling_settles_nothing(
    tmp_path: Path, slip: DocType
) -> None:
    rows = [
        entry("a", fields={"total": "9.00"}),
        entry("b", keys=["total"]),
        entry("c", fields={"total": "9"}),
    ]
    opened = open_set(write_set(tmp_path, rows, **dict.fromkeys("abc", "Total 9.00")))
    (document,) = labelled_documents(opened.rows, slip, LabelNames(), {})

    assert (document.fields, document.contradicted) == ({}, frozenset({"total"}))


def test_scans_without_a_word_are_no_equal_pages_whose_labels_contradict(
    tmp_path: Path, slip: DocType
) -> None:
    rows = [entry("a", fields={"total": "9.00"}), entry("b", fields={"total": "7.00"})]
    opened = open_set(write_set(tmp_path, rows, a="", b=""))
    (document,) = labelled_documents(opened.rows, slip, LabelNames(), {})

    assert document.contradicted == frozenset()


def test_equal_pages_of_two_types_teach_neither(tmp_path: Path) -> None:
    rows = [entry("a"), entry("b", doc_type="memo"), entry("c", doc_type="memo")]
    opened = open_set(write_set(tmp_path, rows, a="Total 9.00", b="Total 9.00", c="Memo to all"))
    told = typed_documents(opened.rows, {"slip": "slip", "memo": "memo"}, {})

    assert [(document.key[-1], document.contradicted) for document in told] == [("a", True), ("c", False)]


def test_labels_that_say_nothing_teach_neither_a_value_nor_an_absence(tmp_path: Path, slip: DocType) -> None:
    rows = [entry("a", fields={"date": "[]/[]/2015"}), entry("b", fields={"total": "9.00"})]
    opened = open_set(write_set(tmp_path, rows, a="of 2015", b="Total 9.00"))
    first, second = labelled_documents(opened.rows, slip, LabelNames(exhaustive=frozenset({"date"})), {})

    assert first.fields == {}
    assert second.fields == {"total": ("9.00",), "date": ()}


def test_a_list_in_one_text_is_taken_apart(tmp_path: Path) -> None:
    spec = FieldSpec(name="party", title="Party", description="Who", kind=FieldKind.PARTY, many=True)
    pact = DocType(name="slip", title="Pact", description="A pact", version="1", fields=(spec,))
    named = 'Acme Inc. ("Acme"); (Beta  Ltd. (the "Buyer"); Party A'
    rows = [entry("a", fields={"party": named})]
    opened = open_set(write_set(tmp_path, rows, a="Acme Inc. and Beta Ltd."))
    (document,) = labelled_documents(opened.rows, pact, LabelNames(), {})

    assert document.fields["party"] == ('Acme Inc. ("Acme")', 'Beta  Ltd. (the "Buyer")', "Party A")


def test_types_that_are_not_asked_for_are_background(tmp_path: Path) -> None:
    rows = [entry("a"), entry("b", doc_type="memo")]
    opened = open_set(write_set(tmp_path, rows, a="Total 9.00", b="Memo to all"))

    assert [d.doc_type for d in typed_documents(opened.rows, {"slip": "slip"}, {})] == ["slip", "unknown"]


def test_near_duplicates_are_one_family_and_digits_do_not_count() -> None:
    text = "Golden Bakery Ltd\n12 High Street Leeds\nReceipt no {}\nTotal {}.00\nThank you, come again"
    other = "The board resolved to appoint the auditors\nMinutes taken by the secretary\nQuorum was present"
    documents = {
        "a": from_plain(text.format(1, 5)),
        "b": from_plain(text.format(27, 93)),
        "c": from_plain(other),
    }
    families = families_of(documents, {})

    assert families["a"] == families["b"] != families["c"]
    assert families_of(dict(reversed(documents.items())), {}) == families
    assert families_of(documents, {"a": "t", "b": "t"})["a"] == "template:t"


def test_the_language_of_contracts_makes_no_family_but_a_letterhead_does() -> None:
    prose = (
        "This Agreement is made between the parties named below. Neither party may assign it without the "
        "prior written consent of the other. It is governed by the laws of the place agreed. "
    )
    heads = [f"{name} of {name}ville, {name} House, {name} Lane " for name in ("Aldous", "Bexley", "Corwen")]
    documents = {f"{n}{i}": from_plain(head * 2 + prose) for n, head in enumerate(heads) for i in "ab"}
    families = families_of(documents, {})

    assert len(set(families.values())) == 3
    assert all(families[f"{n}a"] == families[f"{n}b"] for n in range(3))


def test_families_are_looked_for_within_a_set(tmp_path: Path) -> None:
    form = "Registration statement of an agent. Name of registrant: {}. Address: {}. Date: today."
    own = ("Aldous Partners of Harrow", "Bexley and Sons, Leeds", "Corwen Trade Board, Bristol")
    texts = {name: form.format(words, words[::-1]) for name, words in zip("abc", own, strict=True)}
    forms = open_set(write_set(tmp_path / "forms", [entry(n) for n in texts], **texts)).rows
    notes = {f"n{i}": f"{i} note number {i * 7} about nothing in particular, {i} " * 3 for i in range(3)}
    others = open_set(write_set(tmp_path / "notes", [entry(n) for n in notes], **notes)).rows
    alone, together = families_in(forms), families_in([*forms, *others])

    assert {key: together[key] for key in alone} == alone


def test_a_label_that_json_cannot_say_exactly_is_refused_by_its_line(tmp_path: Path) -> None:
    rows = [entry("a", fields={"total": "1.00"}), entry("a", fields={"total": float("nan")})]

    with pytest.raises(BrokenLabelsError, match=r"line 2: a number"):
        open_set(write_set(tmp_path, rows, a="Total 1.00"))
