"""Values that embedded data state, as show, trace and review sheets tell them."""

from __future__ import annotations

from ops.trace.views.fields import field_nodes
from ops.words.tree import tree_lines
from schemas.fields import DataElement, Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Box
from schemas.objects import ObjectRef
from schemas.results import Coverage, FieldDecision, Record, RecordField, ReviewCode

BOX = Box(x0=0.1, y0=0.2, x1=0.3, y1=0.4)
PLACE = Evidence(page=1, line="1.7", start=0, end=8, box=BOX, quote="1.250,10")
ELEMENT = DataElement(data="factur-x.xml", term="BT-112", path="/CrossIndustryInvoice/GrandTotalAmount")
STATED = Reading(
    raw="1250.1",
    value="1250.10",
    evidence=(PLACE,),
    evidence_class=EvidenceClass.EMBEDDED_DATA,
    element=ELEMENT,
)


def told(decision: FieldDecision, *, full: bool, alternatives: tuple[Reading, ...] = ()) -> list[str]:
    field = FieldValue(
        name="grand_total", state=FieldState.VALUE, readings=(STATED,), alternatives=alternatives
    )
    record = Record(
        record_id="d1",
        doc_type="invoice",
        status=None,
        classification=ObjectRef(
            uri="documents/d1/c", sha256="0" * 64, size=1, media_type="application/json"
        ),
        fields=(
            RecordField(
                field=field,
                decision=decision,
                arithmetic="data and page agree accepted",
                codes=(ReviewCode.PAGE_AND_DATA_DIFFER,) if alternatives else (),
            ),
        ),
        coverage=Coverage(declared=1, with_value=1, absent=0),
    )
    return [line.strip("│├└─ ") for line in tree_lines(field_nodes(record, None, full=full))]


def test_a_stated_value_is_told_with_its_term_and_where_the_page_prints_it() -> None:
    _, _, stated, page = told(FieldDecision.ACCEPTED, full=False)

    assert stated == "embedded data  “1250.1” · BT-112 of factur-x.xml"
    assert page.startswith("on the page    “1.250,10” · page 1, line 1.7")


def test_in_full_the_path_through_the_xml_is_told() -> None:
    assert any(
        line.endswith("BT-112 of factur-x.xml at /CrossIndustryInvoice/GrandTotalAmount")
        for line in told(FieldDecision.ACCEPTED, full=True)
    )


def test_what_other_data_state_is_an_alternative_with_its_own_place() -> None:
    element = ELEMENT.model_copy(update={"data": "other.xml"})
    other = STATED.model_copy(update={"value": "9.00", "element": element, "evidence": ()})

    assert any(
        "9.00" in line and line.endswith("BT-112 of other.xml")
        for line in told(FieldDecision.REVIEW, full=False, alternatives=(other,))
    )
