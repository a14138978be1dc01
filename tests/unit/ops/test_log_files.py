"""The files of a digitised log as operators meet them: written out with the records, and erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.deliverables import NoCurveError, bring, files_of
from ops.erase.plan import plan_erasure
from ops.record_row import RecordRow
from ops.records import with_files
from schemas.canonical import sha256_hex
from schemas.fields import Deliverable, EvidenceClass, FieldState, FieldValue, Reading
from schemas.objects import ObjectRef
from schemas.records import RecordStatus
from schemas.results import FieldDecision, Record, RecordField
from store.curves import curve_bytes
from store.log_files import LogFiles, put_log
from store.memory import MemoryStore
from tests.unit.store import made

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 22, tzinfo=UTC)
HIS = tuple((depth, value + 1) for depth, value in made.CURVE_ROWS)


@pytest.fixture
async def store() -> MemoryStore:
    """A log with its files."""
    store = MemoryStore()
    await put_log(store, LogFiles("r", made.KEY, made.LOG, made.PAINTED, {"curve_1": made.CURVE_ROWS}))
    return store


def delivers(*refs: ObjectRef) -> Record:
    fields = tuple(
        RecordField(
            field=FieldValue(
                name=ref.uri.rpartition("/")[2].partition(".")[0],
                state=FieldState.VALUE,
                readings=(
                    Reading(
                        raw=ref.uri,
                        value=ref.uri,
                        evidence_class=EvidenceClass.COMPUTED,
                        file=Deliverable(ref=ref),
                    ),
                ),
            ),
            decision=FieldDecision.ACCEPTED,
            arithmetic="",
        )
        for ref in refs
    )
    return made.RECORD.model_copy(update={"fields": (*made.RECORD.fields, *fields)})


async def test_records_are_written_out_with_their_files_each_in_the_folder_of_its_document(
    store: MemoryStore, tmp_path: Path
) -> None:
    corrected = tmp_path / "mine.csv"
    corrected.write_bytes(curve_bytes(HIS).replace(b"\n", b"\r\n"))
    key = await bring(store, made.DOCUMENT, "curve_1", corrected)
    record = delivers(made.LOG.mask, made.ref(key).model_copy(update=_told(curve_bytes(HIS))))
    row = RecordRow(
        document_id=made.DOCUMENT,
        file_name="log.png",
        doc_type="well_log",
        status=RecordStatus.ACCEPTED,
        revision=2,
        run_id=made.RUN,
        submitted_at=AT,
        changed_at=AT,
        fields={"curve_1": key},
        files=tuple(files_of(record)),
    )

    async def rows() -> AsyncIterator[RecordRow]:
        yield row

    written = [one async for one in with_files(store, rows(), tmp_path / "out")]

    folder = tmp_path / "out" / made.DOCUMENT
    assert written == [row]
    assert sorted(path.name for path in folder.iterdir()) == ["curve_1.csv", "mask.png"]
    assert (folder / "curve_1.csv").read_bytes() == curve_bytes(HIS)
    assert "files" not in row.model_dump()


async def test_erasing_a_log_takes_its_curves_its_mask_and_what_people_brought(
    store: MemoryStore, tmp_path: Path
) -> None:
    corrected = tmp_path / "mine.csv"
    corrected.write_bytes(curve_bytes(HIS))
    key = await bring(store, made.DOCUMENT, "curve_1", corrected)

    plan = await plan_erasure(store, made.DOCUMENT)

    assert {key, made.CURVE_KEY, made.MASK_KEY, made.LOG_KEY} <= {gone.key for gone in plan.objects}
    assert {gone.key for gone in plan.objects} == set(store.objects)


@pytest.mark.parametrize(
    ("field", "data", "why"),
    [
        ("curve_3", curve_bytes(HIS), "'curve_3' is no curve; there is curve_1, curve_2"),
        ("curve_1", b"%PDF-1.7", "does not begin with 'depth,value'"),
        ("curve_1", curve_bytes(HIS[:-1]), "it has 299 rows, not 300"),
        ("curve_1", b"", "does not begin with 'depth,value'"),
        ("curve_1", None, "can't be read: No such file or directory"),
    ],
)
async def test_a_file_that_is_no_curve_is_refused_in_one_sentence(
    tmp_path: Path, field: str, data: bytes | None, why: str
) -> None:
    file, store = tmp_path / "mine.csv", MemoryStore()
    if data is not None:
        file.write_bytes(data)

    with pytest.raises(NoCurveError) as refused:
        await bring(store, made.DOCUMENT, field, file)

    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert store.objects == {}


def _told(data: bytes) -> dict[str, object]:
    return {"sha256": sha256_hex(data), "size": len(data), "media_type": "text/csv"}
