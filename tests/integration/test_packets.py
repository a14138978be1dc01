"""An e-mail with attachments through the whole embedded pipeline, and what operators see of it."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest

from app.wiring import Doctrail
from catalog.queries import DocumentRow
from catalog.rebuild import rebuild
from ops.backfill_selection import Candidate, Selection, candidates
from ops.identify import identify
from ops.record_row import RecordRow
from ops.records import record_rows
from ops.trace import load_trace
from schemas.canonical import sha256_hex
from store.verify import verify_document
from tests.integration.installation import SAMPLES, Installation, settings_in

LEASE = min(SAMPLES.glob("lease-*.pdf"))
INVOICE = min(SAMPLES.glob("invoice-*.pdf"))
LOCKED = SAMPLES / "encrypted.pdf"


def email() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(LEASE, "2026/lease.pdf")
        archive.write(LOCKED, "2026/locked.pdf")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann <a@example.org>", "b@example.org", "The papers"
    message.set_content("Dear Bob,\nplease find the papers attached.\nAnn")
    message.add_attachment(
        INVOICE.read_bytes(), maintype="application", subtype="pdf", filename="invoice.pdf"
    )
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="papers.zip")
    message.add_attachment(b"x", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    return message.as_bytes()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    """An installation that an e-mail went through, and the e-mail's document id."""
    folder = tmp_path_factory.mktemp("packets")
    mail = folder / "mail.eml"
    mail.write_bytes(email())
    installation = Installation(settings_in(folder))
    assert installation.submit(mail) == 0
    installation.drain()
    return installation, sha256_hex(mail.read_bytes())


def parts(office: tuple[Installation, str]) -> dict[str | None, DocumentRow]:
    """Return where every document stands, by what its packet calls it."""
    installation, document_id = office

    async def work(doctrail: Doctrail) -> dict[str, str | None]:
        trace = await load_trace(doctrail.store, document_id)
        inner = [child for part in trace.children for child in part.children]
        return {child.document_id: child.name for child in (*trace.children, *inner)}

    names = installation.open(work)
    return {names.get(row.document_id): row for row in installation.documents().values()}


def test_every_document_in_the_email_comes_to_its_own_end(office: tuple[Installation, str]) -> None:
    found = parts(office)

    assert found[None].state == "split"
    assert (found["papers.zip"].state, found["2026/locked.pdf"].state) == ("split", "rejected")
    assert (found["invoice.pdf"].doc_type, found["2026/lease.pdf"].doc_type) == ("invoice", "lease")
    assert found["2026/lease.pdf"].parent_id == found["papers.zip"].document_id
    assert found["message text"].state == "in_review"


def test_the_trace_begins_with_where_the_parts_stand(office: tuple[Installation, str]) -> None:
    installation, document_id = office

    trace = installation.open(lambda doctrail: load_trace(doctrail.store, document_id))

    assert trace.headline.startswith("split into 4: ")
    assert "1 rejected" in trace.headline
    assert trace.problems == ()


def test_every_object_of_packet_and_parts_is_whole(office: tuple[Installation, str]) -> None:
    installation, _ = office

    async def work(doctrail: Doctrail) -> list[str]:
        ledgers = [
            await verify_document(doctrail.store, one) async for one in doctrail.store.folders("documents")
        ]
        return [f"{row.key}: {row.problem}" for ledger in ledgers for row in ledger.problems]

    assert installation.open(work) == []


def test_a_catalog_that_is_rebuilt_says_the_same_of_parts(office: tuple[Installation, str]) -> None:
    installation, _ = office
    before = installation.documents()

    async def work(doctrail: Doctrail) -> None:
        await rebuild(doctrail.catalog, doctrail.store)

    installation.open(work)

    assert installation.documents() == before


def test_records_name_the_packet_of_a_part(office: tuple[Installation, str]) -> None:
    installation, document_id = office

    async def work(doctrail: Doctrail) -> list[RecordRow]:
        return [row async for row in record_rows(doctrail.store, doctrail.catalog)]

    rows = {row.file_name: row for row in installation.open(work)}

    assert rows["mail.eml"].parent_id is None
    assert rows["mail.eml > papers.zip"].parent_id == document_id
    assert rows["mail.eml > papers.zip > 2026/locked.pdf"].status.value == "rejected"


def test_a_part_is_found_by_the_name_that_lists_give_it(office: tuple[Installation, str]) -> None:
    installation, _ = office
    lease = parts(office)["2026/lease.pdf"].document_id

    async def work(doctrail: Doctrail) -> str:
        wanted = "mail.eml > papers.zip > 2026/lease.pdf"
        return (await identify(doctrail.store, doctrail.catalog, wanted)).document_id

    assert installation.open(work) == lease


def test_a_backfill_of_a_type_that_only_a_part_has_runs_its_whole_packet(
    office: tuple[Installation, str],
) -> None:
    installation, document_id = office

    async def work(doctrail: Doctrail) -> list[Candidate]:
        return [one async for one in candidates(doctrail.catalog, Selection(doc_type="lease"))]

    assert installation.open(work) == [Candidate(document_id, "lease")]


def test_the_same_email_again_computes_nothing_and_by_force_reruns_every_part(
    office: tuple[Installation, str],
) -> None:
    installation, _ = office
    mail = installation.settings.home.parent / "mail.eml"
    before = (len(installation.trails()), installation.results("reading"))

    assert installation.submit(mail) == 0
    again = (len(installation.trails()), installation.results("reading"))
    assert installation.submit(mail, force=True) == 0

    assert again == before
    assert installation.results("reading") == before[1]
    runs = [
        len(list(folder.glob("runs/*.json"))) for folder in (installation.objects / "documents").iterdir()
    ]
    assert set(runs) == {2}
