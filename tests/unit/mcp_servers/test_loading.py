"""Files of knowledge: what is wrong with them is said with its place, and nothing is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_servers.errors import BrokenKnowledgeError
from mcp_servers.knowledge_graph.graph import Graph
from mcp_servers.loading import make, read_folder
from mcp_servers.matching import Question
from mcp_servers.rag.files import Passages
from samples.knowledge import world
from tests.unit.mcp_servers.knowledge import FILES, VENDORS


def test_equal_files_make_equal_snapshots_whatever_order_they_are_in() -> None:
    shuffled = dict(reversed(list(FILES.items())))
    lines = VENDORS.splitlines()
    shuffled["db/vendors.csv"] = "\n".join([lines[0], *reversed(lines[1:])]).encode()

    assert {n: m.data for n, m in make(FILES, Passages()).items()} == {
        n: m.data for n, m in make(shuffled, Passages()).items()
    }


def test_what_there_are_no_files_for_is_not_made() -> None:
    assert set(make({"db/vendors.csv": VENDORS.encode()}, Passages())) == {"db"}


def test_identifiers_with_wrong_check_digits_are_left_out_and_told() -> None:
    made = make(FILES, Passages())

    assert made["knowledge_graph"].left_out == ("urn:x:wrong: its vat identifier has wrong check digits",)
    assert made["knowledge_graph"].told == "6 entities, 21 statements"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("db/vendors.csv", "vendor_id,name\nV1,A\nV1,B\n", "line 3: vendor_id 'V1' stands twice"),
        ("db/vendors.csv", "vendor_id,nmae\n", "has a column 'nmae'"),
        ("db/vendors.csv", "vendor_id,name,name\n", "has a column 'name' twice"),
        ("db/vendors.csv", "vendor_id,name,vat_id\nV1,A,ATU1|ATU2\n", "vat_id holds one number"),
        ("db/vendors.csv", "vendor_id\nV1\n", "lacks the column 'name'"),
        ("db/vendors.csv", "vendor_id,name\nV1\n", "line 2 has another number of cells"),
        ("db/vendors.csv", "vendor_id,name,status\nV1,A,gone\n", "status is none of active, blocked"),
        ("db/invoices.csv", "invoice_number,vendor_id,issued_on,total\n1,V9,2026-01-01,1\n", "vendor 'V9'"),
        ("db/vendors.csv", 'vendor_id,name\nV1,"A\0B"\n', "NUL"),
        ("db/customers.csv", "a\n", "master data are read from vendors.csv"),
        ("graph/a.ttl", "<urn:a> <urn:b> .", "can't be read at line 1"),
        ("graph/a.rdf", "", ".nt and .ttl"),
        ("clauses/a.jsonl", "{}", "line 1 is no clause: id"),
        ("clauses/a.jsonl", "{", "line 1 is no JSON"),
    ],
)
def test_a_broken_file_is_named_with_the_place(name: str, text: str, said: str) -> None:
    with pytest.raises(BrokenKnowledgeError) as caught:
        make({name: text.encode()}, Passages())

    assert said in str(caught.value)


def test_an_amount_or_a_day_that_is_none_is_named() -> None:
    files = {"db/vendors.csv": VENDORS.encode()}
    heading = "order_number,vendor_id,ordered_on,total\n"
    days = [(f"1,V1,{day},5", "ordered_on") for day in ("31.1.2026", "20260131", "2026-W05-6")]
    for row, said in (*days, ("1,V1,2026-01-31,NaN", "total")):
        with pytest.raises(BrokenKnowledgeError, match=said):
            make({**files, "db/purchase_orders.csv": (heading + row).encode()}, Passages())


def test_a_thing_is_known_by_all_names_that_are_stated_of_it() -> None:
    label = "<urn:x:bmw> <http://www.w3.org/2000/01/rdf-schema#label>"
    text = f'{label} "Bayerische Motoren Werke AG"@de .\n{label} "Bavarian Motor Works"@en .\n'
    graph = Graph(make({"graph/a.nt": text.encode()}, Passages())["knowledge_graph"].data)

    (entity,) = graph.entities
    assert {entity.name, *entity.aliases} == {"Bayerische Motoren Werke AG", "Bavarian Motor Works"}
    assert graph.matcher.match(Question("Bayerische Motoren Werke AG"), 5).status == "match"


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenKnowledgeError, match="no folder"):
        read_folder(tmp_path / "missing")
    with pytest.raises(BrokenKnowledgeError, match="holds no files"):
        read_folder(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(BrokenKnowledgeError, match=r"notes\.txt"):
        read_folder(tmp_path)


def test_the_made_up_world_is_the_same_every_time_and_whole() -> None:
    files = world(40)

    assert files == world(40)
    assert set(make(files, Passages())) == {"rag", "db", "knowledge_graph"}
    assert all(made.left_out == () for made in make(files, Passages()).values())
