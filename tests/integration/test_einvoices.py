"""E-invoices through the whole embedded pipeline: what page and data agree on, and three forgeries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.results import FieldDecision, Record, ReviewCode
from tests.einvoices import BILLION_LAUGHS, FORGED, GENUINE, Bill, invoice_pdf, page_lines, pdf, ubl
from tests.integration.installation import Installation, settings_in

BILL = Bill()
AMOUNT, ACCOUNT, PAYEE = (replace(BILL, number=f"RE-2026-050{n}") for n in (1, 2, 3))
FILES = {
    "genuine.pdf": invoice_pdf(BILL, BILL),
    "amount.pdf": invoice_pdf(AMOUNT, replace(AMOUNT, total="12501.00", payable="12501.00")),
    "account.pdf": invoice_pdf(replace(ACCOUNT, iban=FORGED), ACCOUNT),
    "payee.pdf": invoice_pdf(PAYEE, replace(PAYEE, seller="Bergman Tools Ltd")),
    "hostile.pdf": pdf(page_lines(replace(BILL, number="RE-2026-0600")), {"factur-x.xml": BILLION_LAUGHS}),
    "alone.xml": ubl(replace(BILL, number="RE-2026-0700")),
}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """What became of every file, by name."""
    folder = tmp_path_factory.mktemp("einvoices")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    installation = Installation(settings_in(tmp_path_factory.mktemp("home")))
    assert installation.submit(folder) == 0
    installation.drain()
    drafted = {name: installation.drafted(folder / name) for name in FILES}
    return {name: record for name, record in drafted.items() if record is not None}


@pytest.mark.parametrize("name", ["genuine.pdf", "alone.xml"])
def test_an_e_invoice_is_accepted_field_by_field_with_the_element_that_states_it(
    records: dict[str, Record], name: str
) -> None:
    fields = {entry.field.name: entry for entry in records[name].fields}

    assert [entry.field.name for entry in fields.values() if entry.decision is FieldDecision.REVIEW] == []
    [account] = fields["iban"].field.readings
    assert account.value == GENUINE
    assert account.element is not None
    assert account.element.term == "BT-84"
    assert account.evidence


@pytest.mark.parametrize(
    ("name", "field", "shown", "stated"),
    [
        ("amount.pdf", "grand_total", "1250.10", "12501.00"),
        ("account.pdf", "iban", FORGED, GENUINE),
        ("payee.pdf", "seller_name", BILL.seller, "Bergman Tools Ltd"),
    ],
)
def test_a_forged_invoice_goes_to_a_person_with_both_values(
    records: dict[str, Record], name: str, field: str, shown: str, stated: str
) -> None:
    record = records[name]
    entry = next(entry for entry in record.fields if entry.field.name == field)

    assert record.status is None
    assert ReviewCode.PAGE_AND_DATA_DIFFER in entry.codes
    assert any(
        f"the page says {shown}" in reason and f"the data say {stated}" in reason for reason in entry.reasons
    )
    assert f"{field}: {entry.reasons[0]}" in record.reasons


def test_an_invoice_with_a_hostile_attachment_is_read_by_its_page(records: dict[str, Record]) -> None:
    fields = {entry.field.name: entry.field for entry in records["hostile.pdf"].fields}

    assert fields["grand_total"].value == "1250.10"
    assert all(field.compared is None for field in fields.values())
