"""Models: do they know what they know, how often does a person need to look, and what goes out wrong?"""

from __future__ import annotations

from collections.abc import Iterator

from ops.audit.costs import DELAY
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.series import Check, Series
from ops.audit.shift import split
from ops.intervals import rate
from schemas.certificates import Certificate

MODEL = Family.MODEL
ACCEPTED_ERROR = 0.05
"""Errors among accepted values that are too many where no certificate says which are."""
SILENT = 0.98
LEAST_FIRED = 60

CHECKS = (
    Check(
        "field.confidence", MODEL, "number", 0.12,
        "confidence in {scope}.{subject} is typically {after}, {before} before",
        "look at a page: has the template changed? Review some, then doctrail finetune --type {scope}",
        sign=-1,
        show=lambda level: f"{level:.2f}",
    ),
    Check(
        "doc.review", MODEL, "share", 0.2,
        "{after} of {scope} documents need a person, {before} before",
        "doctrail reviews list tells the reasons; the commonest is what to mend",
        cost=DELAY,
    ),
    Check(
        "doc.unknown", MODEL, "share", 0.1,
        "{after} of documents are of no known type, {before} before",
        "look at three of them: a new document type needs a folder, a changed one needs doctrail train "
        "--classifier",
        cost=DELAY,
    ),
    Check(
        "doc.novelty", MODEL, "number", 0.2,
        "{scope} documents look unlike what the classifier learned: novelty {after}, {before} before",
        "look at a page: a new template; review some, then train on them",
        sign=1,
        cost=DELAY,
        show=lambda level: f"{level:.2f}",
    ),
    Check(
        "doc.type_confidence", MODEL, "number", 0.12,
        "the classifier is less sure of {scope}: {after}, {before} before",
        "look at three of them: is it still the same kind of document?",
        sign=-1,
        cost=DELAY,
        show=lambda level: f"{level:.2f}",
    ),
    Check(
        "field.wrong", MODEL, "share", 0.1,
        "people found {scope}.{subject} wrong in {after} of accepted records, {before} before",
        "raise its threshold until it is known why (doctrail replay --sample 200 --with "
        "threshold.{subject}=X), then roll back what was promoted last",
    ),
    Check(
        "rule.broken", MODEL, "share", 0.15,
        "rule {subject} of {scope} is broken in {after} of records, {before} before",
        "doctrail trace one of the documents: does the page break the rule, or the reading?",
        cost=DELAY,
    ),
    Check(
        "rule.silent", MODEL, "share", 0.2,
        "rule {subject} of {scope} can't tell in {after} of records, {before} before",
        "a field or a reference it needs is missing: see what it says in doctrail trace",
    ),
    Check(
        "stage.fallback", MODEL, "share", 0.1,
        "the local variant reads in place of the named model in {after} of documents, {before} before",
        "the model's endpoint does not answer: doctrail doctor, then backfill what was read meanwhile",
    ),
    Check(
        "stage.tokens", MODEL, "number", 0.2,
        "{scope} uses {after} tokens a document, {before} before",
        "see what grew in the prompt or the pages: doctrail ledger, doctrail types log",
        sign=1,
        cost=DELAY,
        urgency=Urgency.ANNOYING,
        show=lambda level: f"{10**level:.0f}",
    ),
)  # fmt: skip


def model_findings(series: Series) -> Iterator[Finding]:
    """Yield what is wrong with the models."""
    for check in CHECKS:
        yield from check.run(series)
    yield from _wrong_too_often(series)


def _wrong_too_often(series: Series) -> Iterator[Finding]:
    """Yield fields whose accepted values people found wrong more often than is promised or bearable."""
    for measure, points in series.of("field.wrong"):
        found = rate(sum(bool(p.value) for p in points), len(points))
        promised = series.promises.get(f"{measure.scope}.{measure.subject}")
        certified = promised is not None and promised.threshold is not None
        if found.low <= (promised.bound if promised is not None and certified else ACCEPTED_ERROR):
            continue
        offline = f", {_offline(promised)} out of fold" if promised is not None and certified else ""
        base, _ = split(points, series.today)
        yield Finding(
            check="field.wrong",
            family=MODEL,
            scope=measure.scope,
            subject=measure.subject,
            sentence=f"{measure.scope}.{measure.subject}: people found {found.words()} accepted wrong"
            + offline,
            since=min((p.day for p in base), default=min(p.day for p in points)),
            records=found.hits,
            field_cost=series.costs.of(measure.scope, measure.subject),
            fix=f"raise the threshold of {measure.subject}, or have it reviewed, till its certificate is new",
        )


def _offline(promised: Certificate) -> str:
    counted = rate(promised.errors, promised.decisions)
    return f"{counted.words()}, certified for at most {100 * promised.bound:.1f} %,"
