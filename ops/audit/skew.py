"""Train/serve skew: is what was served what the same model says when it reads the same document again?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ops.audit.costs import Costs
from ops.audit.finding import Family, Finding
from ops.replay.again import Replay
from ops.replay.told import Told
from schemas.objects import ObjectRef

STAGE = "extraction"


def comparable(one: Replay) -> bool:
    """Whether both readings had the same inputs, model and version of the stage: then nothing may differ."""
    before, after = _result(one.before), _result(one.after)
    return before is not None and after is not None and before.uri == after.uri


def skewed(again: Sequence[Replay], costs: Costs) -> Iterator[Finding]:
    """Yield a finding per type whose documents come out otherwise when they are read again.

    Args:
        again: Served documents, replayed from extraction with nothing changed.
        costs: What a wrong record costs.
    """
    same = [one for one in again if comparable(one)]
    for doc_type in sorted({one.doc_type for one in same}):
        some = [one for one in same if one.doc_type == doc_type]
        wrong = [one for one in some if _result(one.before) != _result(one.after)]
        if not wrong:
            continue
        fields = sorted({name for one in wrong for name in _differing(one)})
        yield Finding(
            check="model.skew",
            family=Family.MODEL,
            scope=doc_type,
            sentence=f"{len(wrong)} of {len(some)} served documents come out otherwise when the same model "
            f"reads them again ({', '.join(fields) or 'replies alone'}): training and serving see different "
            "things",
            records=len(wrong),
            field_cost=costs.of_record(doc_type),
            fix="doctrail replay one of them names the first step that differs: undo the change of code or "
            "library, or raise the stage's version and doctrail backfill",
            documents=tuple(one.document_id for one in wrong),
        )


def _result(told: Told) -> ObjectRef | None:
    stage = told.stage(STAGE)
    return stage.outcome.result if stage is not None and stage.outcome is not None else None


def _differing(one: Replay) -> Iterator[str]:
    before, after = one.before.extraction, one.after.extraction
    if before is None or after is None:
        return
    fields = {field.name: field for field in before.fields}
    yield from (field.name for field in after.fields if fields.get(field.name) != field)
