from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doctypes.errors import BrokenTypeError
from doctypes.folder import ROOT, load_all, load_folder
from doctypes.labels import LabelNames
from store.releases import BUNDLE_PARTS
from tests.unit.doctypes.folders import write_type

SHIPPED = [
    "agreement",
    "invoice",
    "lease",
    "nda",
    "political_ad_buy",
    "receipt",
    "registration_form",
    "sale_purchase_agreement",
    "well_log",
]


def test_the_nine_types_ship() -> None:
    assert [folder.doc_type.name for folder in load_all()] == SHIPPED


def test_every_shipped_type_has_a_readme_and_only_bundle_parts_go_into_its_bundle() -> None:
    for folder in load_all():
        readme = (ROOT / folder.doc_type.name / "README.md").read_text(encoding="utf-8")
        assert all(f"`{spec.name}`" in readme for spec in folder.doc_type.fields)
        assert set(folder.parts) <= set(BUNDLE_PARTS)
        assert {"schema.json", "prompt.md", "rules.py"} <= set(folder.parts)


def test_adding_a_type_is_adding_a_folder(tmp_path: Path) -> None:
    for shipped in load_all():
        shutil.copytree(ROOT / shipped.doc_type.name, tmp_path / shipped.doc_type.name)
    write_type(tmp_path)
    (tmp_path / "notes").mkdir()

    names = [folder.doc_type.name for folder in load_all(tmp_path)]

    assert names == sorted([*SHIPPED, "ticket"])


def test_the_bytes_of_the_parts_are_those_of_the_files(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "model").write_bytes(b"\x00weights")
    (folder / "thresholds.json").write_bytes(b"{}")
    (folder / "MODEL_CARD.md").write_text("# Card")

    loaded = load_folder(folder)

    assert loaded.parts == {
        part: (folder / part).read_bytes()
        for part in ("schema.json", "prompt.md", "rules.py", "model", "thresholds.json")
    }
    assert loaded.card == "# Card"


def test_label_names_of_public_sets_are_read(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "labels.json").write_text('{"doc_types": ["fine_notice"], "fields": {"amount": "fine"}}')

    assert load_folder(folder).label_names == LabelNames(frozenset({"fine_notice"}), {"amount": "fine"})
    assert load_folder(ROOT / "receipt").label_names.fields["company"] == "vendor_name"


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("schema.json", None, "ticket/schema.json does not exist"),
        ("prompt.md", None, "ticket/prompt.md does not exist"),
        ("rules.py", None, "ticket/rules.py does not exist"),
        ("rules.py", b"\xff", "ticket/rules.py is not UTF-8 at byte 0"),
        ("rules.py", b"def", "ticket/rules.py is not Python at line 1"),
        ("model", b"weights", "ticket/model has no ticket/thresholds.json beside it"),
        ("thresholds.json", b"{}", "ticket/thresholds.json has no ticket/model beside it"),
        ("labels.json", b"[]", "ticket/labels.json must be an object"),
        ("labels.json", b'{"fields": {"a": "colour"}}', "label 'a' means field 'colour'"),
        ("labels.json", b'{"fields": {"a": "fine", "a": "plate"}}', "key 'a' stands twice"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, file: str, content: bytes | None, sentence: str) -> None:
    folder = write_type(tmp_path)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)

    with pytest.raises(BrokenTypeError) as caught:
        load_folder(folder)
    assert sentence in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_broken_thresholds_are_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "model").write_bytes(b"weights")
    (folder / "thresholds.json").write_bytes(b"{")

    with pytest.raises(BrokenTypeError, match=r"ticket/thresholds\.json is not JSON at line 1"):
        load_folder(folder)


def test_a_directory_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "prompt.md").unlink()
    (folder / "prompt.md").mkdir()

    with pytest.raises(BrokenTypeError, match=r"ticket/prompt\.md can't be read"):
        load_folder(folder)


def test_an_oversized_part_is_refused(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    with (folder / "prompt.md").open("wb") as file:
        file.truncate(65 * 1024 * 1024)

    with pytest.raises(BrokenTypeError, match=r"ticket/prompt\.md is larger than"):
        load_folder(folder)


def test_a_folder_without_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenTypeError, match=r"nowhere' holds no document type"):
        load_all(tmp_path / "nowhere")


def test_a_folder_whose_name_is_not_its_types_is_refused(tmp_path: Path) -> None:
    folder = write_type(tmp_path).rename(tmp_path / "billet")

    with pytest.raises(BrokenTypeError, match="names the type 'ticket', its folder is 'billet'"):
        load_folder(folder)


def test_a_named_model_is_a_part_like_any_other(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "model.json").write_text('{"model": "eu.some.model-v1:0"}')

    assert load_folder(folder).parts["model.json"] == b'{"model": "eu.some.model-v1:0"}'


@pytest.mark.parametrize("text", ["{}", "no", '{"model": ""}', '{"model": "a", "temperature": 1}'])
def test_a_named_model_of_another_shape_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    folder = write_type(tmp_path)
    (folder / "model.json").write_text(text)

    with pytest.raises(BrokenTypeError, match=r"ticket/model\.json"):
        load_folder(folder)
