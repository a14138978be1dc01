"""Data: is what stands in the records still what it was, field by field, and does all of it come?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from ops.audit.costs import DELAY, LOST
from ops.audit.finding import Family, Finding, Urgency
from ops.audit.series import Check, Series

DATA = Family.DATA
STUCK_HOURS = 24
FINISHED = ("accepted", "partial", "rejected", "split", "withdrawn", "review")
LEAST_DAYS = 7
"""Days with documents without which volume is not judged."""
FAR = 5.0
"""Standard deviations beyond which a volume is odd."""


def _times(level: float) -> str:
    value = 10**level
    # As people write it, from a unit price to a sum of thousands.
    return f"{round(value, -len(str(int(value))) + 3):,.0f}" if value >= 100 else f"{value:.3g}"


def _days(level: float) -> str:
    return f"{level:+.0f} days"


CHECKS = (
    Check(
        "field.null", DATA, "share", 0.15,
        "{scope}.{subject} is without a value in {after} of records, {before} before",
        "doctrail trace one of the documents: is {subject} printed, and did the model say it? Then "
        "doctrail replay it with the prompt and model of before",
    ),
    Check(
        "field.zero", DATA, "share", 0.1,
        "{scope}.{subject} is zero in {after} of records, {before} before",
        "find who fills {subject} with zero where it is not known: the source, or a default in its export",
    ),
    Check(
        "field.ungrounded", DATA, "share", 0.1,
        "{scope}.{subject} stands nowhere on the page in {after} of records, {before} before",
        "the model invents {subject}: roll its prompt or variant back (doctrail types log)",
    ),
    Check(
        "field.unread", DATA, "share", 0.1,
        "{scope}.{subject} can't be brought into its normal form in {after} of records, {before} before",
        "look how {subject} is written now (doctrail trace) and teach its normaliser, or have the source "
        "write it as before",
    ),
    Check(
        "field.shape", DATA, "kind", 0.3,
        "{scope}.{subject} is written in a new way in {after} of records (as {what!r}), {before} before",
        "the source writes {subject} in another form: ask what changed there, and check that it is still "
        "read as it is meant",
    ),
    Check(
        "field.value", DATA, "one value", 0.35,
        "{scope}.{subject} has one and the same value in {after} of records, {before} before",
        "something fills {subject} in: the source's default, or a prompt that names an example",
    ),
    Check(
        "field.magnitude", DATA, "number", 0.4,
        "{scope}.{subject} is typically {after}, {before} before",
        "the source states {subject} in another unit or scale: ask it, and hold its records till then",
        show=_times,
    ),
    Check(
        "field.factor", DATA, "number", 0.25,
        "{scope}.{subject} is stored as {after} times what is printed, {before} times before",
        "{subject} is normalised twice or by another rule: find the change in the type's prompt or in "
        "doctypes/normalise.py, and backfill",
        show=_times,
    ),
    Check(
        "field.days", DATA, "number", 20,
        "{scope}.{subject} lies typically {after} from the day of submission, {before} before",
        "day and month of {subject} may be exchanged, or the source sends old documents: compare three pages "
        "with their records",
        show=_days,
    ),
    Check(
        "field.cut", DATA, "share", 0.1,
        "{scope}.{subject} has a round number of rows in {after} of records, {before} before",
        "the list is cut where somebody pages through it: raise the limit at the source",
    ),
    Check(
        "field.rows", DATA, "number", 0.25,
        "{scope}.{subject} has typically {after} rows, {before} before",
        "rows are lost or added: compare a page with its record (doctrail trace)",
        show=lambda level: f"{10**level - 1:.0f}",
    ),
    Check(
        "doc.duplicate", DATA, "share", 0.1,
        "{after} of {scope} records have the same business key as another, {before} before",
        "somebody sends documents again under other bytes: find who, by the names (doctrail show)",
    ),
    Check(
        "doc.rejected", DATA, "share", 0.1,
        "{after} of documents are rejected, {before} before",
        "doctrail records --format jsonl tells the reasons: ask the source for files that can be read",
        cost=LOST,
    ),
    Check(
        "doc.quality", DATA, "number", 0.12,
        "{scope} documents read worse: quality {after}, {before} before",
        "look at a page: a scanner's setting or a new way of sending; have it put right at the source",
        sign=-1,
        cost=DELAY,
        show=lambda level: f"{level:.2f}",
    ),
)  # fmt: skip


def data_findings(series: Series) -> Iterator[Finding]:
    """Yield what is wrong with the data."""
    for check in CHECKS:
        yield from check.run(series)
    yield from _volume(series)
    yield from _stuck(series)


def _volume(series: Series) -> Iterator[Finding]:
    """Yield whole days on which far more or far fewer documents came than on such days before."""
    first = series.period.since.date() + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((series.today - first).days)]
    if sum(bool(series.period.volume(day)) for day in days) < LEAST_DAYS:
        return
    for count in (1, 2, 3):
        last, before = days[-count:], days[:-count]
        usual = [_usual(series, before, day) for day in last]
        expected = sum(level for level, _ in usual)
        spread = sum(sd**2 for _, sd in usual) ** 0.5
        came = sum(series.period.volume(day) for day in last)
        if not all(level for level, _ in usual) or abs(came - expected) < FAR * spread:
            continue
        if 0.5 < (came + 1) / (expected + 1) < 1.8:
            continue
        yield _odd_volume(came, expected, last)
        return


def _usual(series: Series, before: list[date], day: date) -> tuple[float, float]:
    """Return what such a day brings and how much that varies: weekdays and weekends by themselves."""
    alike = [series.period.volume(d) for d in before if (d.weekday() > 4) == (day.weekday() > 4)]
    if len(alike) < 3:
        return 0.0, 0.0
    level = median(alike)
    return level, max(level**0.5, 1.4826 * median(abs(one - level) for one in alike))


def _odd_volume(came: int, expected: float, days: list[date]) -> Finding:
    fewer = came < expected
    since = f"on {days[0]}" if len(days) == 1 else f"since {days[0]}"
    return Finding(
        check="volume.low" if fewer else "volume.high",
        family=DATA,
        scope="all",
        sentence=f"{came} documents came in {since}, about {expected:.0f} in such a time before",
        since=days[0],
        records=round(abs(came - expected)),
        field_cost=LOST if fewer else DELAY,
        probability=0.5,
        fix="ask the source whether it sends: look at the inbox, at doctrail ingest sync, at dead letters"
        if fewer
        else "find who sends more: is it new business, or the same documents again?",
    )


def _stuck(series: Series) -> Iterator[Finding]:
    """Yield the documents that came in long ago and are still under way."""
    until = series.period.until
    late = [
        way
        for way in series.period.ways.values()
        if way.ending not in FINISHED and (until - way.submitted_at) > timedelta(hours=STUCK_HOURS)
    ]
    if not late:
        return
    oldest = min(way.submitted_at for way in late)
    yield Finding(
        check="doc.stuck",
        family=DATA,
        scope="all",
        sentence=f"{len(late)} documents are under way for more than {STUCK_HOURS} hours",
        since=oldest.date(),
        records=len(late),
        field_cost=LOST,
        urgency=Urgency.BROKEN,
        fix="doctrail status names the agent that does not get on; doctrail dlq list what was given up",
        documents=tuple(way.document_id for way in sorted(late, key=lambda w: w.submitted_at)[:3]),
    )
