"""Every file of the hostile set, where it is at hand, through the whole pipeline.

Each ends as its ``expected`` says, within 60 s and 1.5 GB: rejected with a reason code where it can't be
read, else with a person; what it hides is no text, what it orders is not obeyed, and it kills nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.layout import NoteKind
from schemas.records import RecordStatus
from schemas.results import FieldDecision, Verdict
from tests.hostile_files import BYTES, EXPECTED, SECONDS, hostile_files
from tests.integration.hostile import Found, put_through

MEMORY_MB = 1024
"""Less than by default, so that a bomb goes off sooner; what becomes of it is the same."""


@dataclass(frozen=True)
class Extracted:
    """What is in the record of a file that is an invoice.

    Attributes:
        values: By field.
        absent: Fields that the page gives no value for.
        injected: What its instructions want to be a value.
        broken: Rules that must not hold.
    """

    values: dict[str, str]
    absent: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


EXTRACTED = {
    "synthetic-prompt-injection-white-text.pdf": Extracted(
        {"grand_total": "1140.00"}, absent=("iban",), injected=("1.00",)
    ),
    "synthetic-prompt-injection-visible.pdf": Extracted(
        {"grand_total": "1140.00"}, absent=("iban",), injected=("DE00000000000000000000",)
    ),
    "synthetic-arithmetic-wrong.pdf": Extracted(
        {"grand_total": "1410.00"}, broken=("net_plus_tax_is_total",)
    ),
    "synthetic-pdf-junk-prefix.pdf": Extracted({"grand_total": "1140.00"}),
    "einvoice-broken-embedded-xml.pdf": Extracted({"grand_total": "571.04"}),
}

NOTED = {"synthetic-prompt-injection-visible.pdf": NoteKind.INSTRUCTIONS}


def assert_rejected(found: Found, allowed: tuple[RejectReason, ...]) -> None:
    record, reason = found.records[-1], RejectReason(found.classification.reason or "")

    assert reason in allowed
    assert (record.status, record.reason) == (RecordStatus.REJECTED, reason.value)
    assert record.reasons[0].startswith(REJECT_SENTENCES[reason])
    assert (found.layout, record.fields) == (None, ())


def assert_split(found: Found, parts: tuple[tuple[str, RejectReason | None], ...]) -> None:
    record = found.records[-1]

    assert record.status is RecordStatus.SPLIT
    assert tuple((child.name, child.refused) for child in record.children) == parts


def assert_read(found: Found) -> None:
    expected, layout = EXPECTED[found.name], found.layout
    assert layout is not None
    kinds = {note.kind for note in found.classification.notes}
    sources = {line.source for page in layout.pages for line in page.lines}

    assert expected.read
    assert kinds >= {*expected.notes, *([NOTED[found.name]] if found.name in NOTED else ())}
    assert [word for word in expected.words if word not in found.said] == []
    assert [word for word in expected.never if word.lower() in found.said.lower()] == []
    assert expected.pages in (None, found.classification.page_count)
    assert layout.pages[0].rotation == expected.rotation
    assert expected.source is None or sources == {expected.source}


def assert_extracted(found: Found, wanted: Extracted) -> None:
    record = found.records[-1]
    broken = {rule.rule for rule in record.rules if rule.verdict is Verdict.BROKEN}
    values = {value for readings in found.values.values() for value in readings}

    assert {name: found.values[name] for name in wanted.values} == {n: [v] for n, v in wanted.values.items()}
    assert [name for name in wanted.absent if found.values[name]] == []
    assert values.isdisjoint(wanted.injected)
    assert broken >= set(wanted.broken)
    read_by_broken = {f for r in record.rules if r.verdict is Verdict.BROKEN for f in r.fields}
    decisions = {f.field.name: f.decision for f in record.fields}
    assert all(decisions[name] is FieldDecision.REVIEW for name in read_by_broken)


if FILES := hostile_files():

    @pytest.fixture(scope="module")
    def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
        """What became of each file, by its name; all of them in one home."""
        return put_through(tmp_path_factory.mktemp("hostile"), {"DOCTRAIL_READ_MEMORY_MB": str(MEMORY_MB)})

    @pytest.mark.slow
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_a_hostile_file_ends_as_it_should(found: dict[str, Found], path: Path) -> None:
        file, expected = found[path.name], EXPECTED[path.name]

        assert file.letters == []
        assert (file.seconds < SECONDS, file.peak_bytes < BYTES) == (True, True)
        assert RecordStatus.ACCEPTED not in {record.status for record in file.records}
        if expected.parts:
            assert_split(file, expected.parts)
        elif file.layout is None:
            assert_rejected(file, expected.refusals)
        else:
            assert_read(file)
        if path.name in EXTRACTED:
            assert_extracted(file, EXTRACTED[path.name])
