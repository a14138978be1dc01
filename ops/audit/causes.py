"""What follows from what: a finding that another one explains is its symptom, not a second trouble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ops.audit.finding import Family, Finding, Urgency

SAME_TIME = timedelta(days=2)
"""What begins within so many days of each other may be one thing."""
SEVERAL = 3
"""Fields of one type that move at once: not the fields, the document."""

_FIELD = "field."


@dataclass(frozen=True, slots=True)
class Explains:
    """One way in which a finding leads to others.

    Attributes:
        cause: The check that is nearer to the cause.
        symptoms: The checks that follow from it.
        near: Whether both must speak of the same thing: ``field``, ``scope`` or anything at all.
    """

    cause: str
    symptoms: frozenset[str]
    near: str


def _explains(cause: str, symptoms: str, near: str) -> Explains:
    return Explains(cause, frozenset(symptoms.split()), near)


RECORD = "rule.broken rule.silent doc.review field.wrong"
READING = f"field.null field.unread field.ungrounded field.shape field.confidence field.value {RECORD}"

ORDER = (
    _explains("alerts.undelivered", "alerts.drill", "scope"),
    _explains("breaker.open", "doc.stuck stage.failed stage.retried stage.queue stage.seconds stage.fallback",
              "any"),
    _explains("dead_letters", "doc.stuck volume.low stage.failed stage.retried stage.queue", "any"),
    _explains("stage.skew", "stage.queue stage.seconds", "any"),
    _explains("stage.failed", "doc.stuck stage.retried stage.queue stage.seconds", "any"),
    _explains("stage.waited", "stage.seconds stage.queue", "any"),
    _explains("stage.retried", "stage.seconds stage.queue", "any"),
    _explains("stage.seconds", "stage.queue", "any"),
    _explains("stage.queue", "doc.stuck", "any"),
    _explains("stage.fallback", READING, "any"),
    _explains("model.skew", READING, "scope"),
    _explains("field.failed", f"field.null field.confidence {RECORD}", "field"),
    _explains("reference.stale", "tool.empty rule.silent rule.broken doc.review", "any"),
    _explains("tool.empty", "rule.silent rule.broken doc.review", "any"),
    _explains("template", f"doc.novelty doc.type_confidence doc.quality doc.unknown field.rows field.cut "
              f"field.days field.magnitude {READING}", "scope"),
    _explains("columns", f"field.days field.magnitude field.factor field.zero field.rows {READING}", "scope"),
    _explains("doc.quality", f"doc.novelty doc.type_confidence doc.rejected doc.unknown {READING}", "scope"),
    _explains("doc.unknown", "doc.review doc.type_confidence volume.low", "any"),
    _explains("volume.high", "stage.queue stage.waited", "any"),
    _explains("doc.duplicate", "volume.high doc.review field.value", "scope"),
    _explains("field.cut", f"field.rows field.magnitude {RECORD}", "scope"),
    _explains("field.rows", f"field.magnitude {RECORD}", "scope"),
    _explains("field.zero", f"field.magnitude field.null field.value field.shape field.confidence {RECORD}",
              "field"),
    _explains("field.factor", f"field.magnitude field.zero {RECORD}", "field"),
    _explains("field.ungrounded", f"field.value field.shape field.confidence field.magnitude field.days "
              f"{RECORD}", "field"),
    _explains("field.shape", f"field.days field.unread field.magnitude field.factor field.null field.value "
              f"field.confidence field.ungrounded {RECORD}", "field"),
    _explains("field.value", f"field.magnitude field.days {RECORD}", "field"),
    _explains("field.unread", f"field.confidence field.null {RECORD}", "field"),
    _explains("field.null", f"field.confidence {RECORD}", "field"),
    _explains("field.days", RECORD, "field"),
    _explains("field.magnitude", RECORD, "field"),
    _explains("field.confidence", RECORD, "field"),
    _explains("field.wrong", "doc.review", "scope"),
    _explains("rule.broken", "doc.review", "scope"),
    _explains("rule.silent", "doc.review", "scope"),
)  # fmt: skip
"""From the cause that explains most to the one that explains least; the first that fits holds."""

_OF_RECORD = frozenset(RECORD.split())


def explained(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that nothing else explains, each with its symptoms, the costliest first."""
    every = (*findings, *_columns(findings), *_template(findings))
    symptoms: dict[str, list[Finding]] = {}
    taken: set[str] = set()
    for rule in ORDER:
        for cause in every:
            if cause.check != rule.cause or cause.key in taken:
                continue
            for other in every:
                if other.key not in taken and other.key != cause.key and _follows(rule, cause, other):
                    symptoms.setdefault(cause.key, []).append(other)
                    taken.add(other.key)
    left = [_with(one, symptoms.get(one.key, [])) for one in every if one.key not in taken]
    return tuple(sorted(left, key=lambda one: (-one.damage, one.key)))


def _follows(rule: Explains, cause: Finding, other: Finding) -> bool:
    if other.check not in rule.symptoms or not _together(cause, other):
        return False
    if rule.near == "any":
        return True
    if cause.scope != other.scope:
        return False
    # Rules, reviews and duplicates are of the whole record: any of its fields may lead to them.
    return rule.near == "scope" or cause.subject == other.subject or other.check in _OF_RECORD


def _together(one: Finding, other: Finding) -> bool:
    return one.since is None or other.since is None or abs(one.since - other.since) <= SAME_TIME


def _with(cause: Finding, followed: Sequence[Finding]) -> Finding:
    """Return a cause with what follows from it: its damage is at least theirs."""
    if not followed:
        return cause
    worst = max(followed, key=lambda one: one.damage)
    more = {}
    if worst.damage > cause.damage:
        more = {
            "records": worst.records,
            "field_cost": worst.field_cost,
            "probability": worst.probability,
        }
    told = tuple(dict.fromkeys((*cause.symptoms, *(one.sentence for one in followed))))
    keys = tuple(dict.fromkeys((*cause.follows, *(key for o in followed for key in (o.key, *o.follows)))))
    return cause.model_copy(update={"symptoms": told, "follows": keys, **more})


def _columns(findings: Sequence[Finding]) -> list[Finding]:
    """Return one finding where two fields of a type are written anew at once: columns were exchanged."""
    return _several(
        findings,
        lambda one: one.check in ("field.shape", "field.unread", "field.null"),
        least=2,
        most=SEVERAL,
        needs="field.shape",
        check="columns",
        words="{scope}: {names} hold what belongs in other columns since {since}",
        fix="the source exchanged or moved columns: hold them (doctrail gates), ask it, then backfill",
    )


def _template(findings: Sequence[Finding]) -> list[Finding]:
    """Return one finding where many fields of a type are read worse at once: the template changed."""
    return _several(
        findings,
        lambda one: one.check in ("field.null", "field.confidence", "field.ungrounded", "doc.novelty"),
        least=SEVERAL,
        most=None,
        needs=None,
        check="template",
        words="{scope}: {names} are read worse at once since {since}: the documents look otherwise",
        fix="look at a page of {scope} (doctrail trace --html): review some of the new template, "
        "then doctrail finetune --type {scope}",
    )


def _several(
    findings: Sequence[Finding],
    belongs: Callable[[Finding], bool],
    *,
    least: int,
    most: int | None,
    needs: str | None,
    check: str,
    words: str,
    fix: str,
) -> list[Finding]:
    found = []
    for scope in sorted({one.scope for one in findings if belongs(one)}):
        some = [one for one in findings if belongs(one) and one.scope == scope and one.since is not None]
        subjects = sorted({one.subject or one.check for one in some})
        needed = [one for one in some if needs is None or one.check == needs]
        enough = len({one.subject for one in needed}) >= 2 if needs else bool(some)
        together = some and all(_together(some[0], one) for one in some)
        if len(subjects) < least or (most is not None and len(subjects) > most) or not enough or not together:
            continue
        worst = max(some, key=lambda one: one.damage)
        since = min(one.since for one in some if one.since)
        filled = {"scope": scope, "names": ", ".join(subjects), "since": since}
        found.append(
            Finding(
                check=check,
                family=Family.DATA,
                scope=scope,
                sentence=words.format(**filled),
                evidence=worst.evidence,
                since=since,
                records=worst.records,
                field_cost=sum(one.field_cost for one in some),
                probability=worst.probability,
                urgency=Urgency.BROKEN,
                fix=fix.format(**filled),
                documents=worst.documents,
            )
        )
    return found
