"""What a worker of A2I is asked, and what the answers mean; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from review.queue.errors import UnusableDecisionError
from review.sheet.submission import Entry, Submission

ABSENT = ":absent"
MOST_FIELDS = 60


def loop_name(task_id: str, version: int) -> str:
    """Return the one name under which a task in this version can be asked: 63 characters at most."""
    return f"doctrail-{task_id.replace('-', '')[:40]}-{version}"


def question(shown: Mapping[str, Any], pages: Sequence[str], record: str) -> dict[str, Any]:
    """Return what the worker template is given.

    Args:
        shown: The task as the queue's API shows it.
        pages: Uris of the staged page images, in order.
        record: Uri of the record as staged.
    """
    fields = [
        {
            "path": field["path"],
            "title": field["title"],
            "kind": field["kind"],
            "value": shown_value(field),
            "reasons": field["reasons"],
            "required": field["required"],
        }
        for field in shown["fields"]
        if field["asked"]
    ]
    return {
        "taskObject": pages[0] if pages else record,
        "pages": list(pages),
        "record": record,
        "title": shown["title"],
        "fields": fields[:MOST_FIELDS],
    }


def shown_value(field: Mapping[str, Any]) -> str:
    """Return a field as one text: values by lines, a table as JSON."""
    if field["columns"]:
        return json.dumps(field.get("rows") or [], ensure_ascii=False)
    return "\n".join(str(reading["value"] or reading["raw"]) for reading in field.get("readings", ()))


def agreed(answers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return what most people answered, if more than half of them did alike."""
    for answer in answers:
        alike = [a for a in answers if a.get("answerContent") == answer.get("answerContent")]
        if 2 * len(alike) > len(answers):
            return answer
    return None


def submission_of(shown: Mapping[str, Any], answer: Mapping[str, Any]) -> Submission:
    """Return an answer as a decision.

    Raises:
        UnusableDecisionError: It leaves a field out, or a table's text is no JSON.
    """
    content = answer.get("answerContent") or {}
    entries = tuple(_entry(field, content) for field in shown["fields"] if field["asked"])
    seconds = float(answer.get("timeSpentInSeconds") or 0.0)
    return Submission(fields=entries, active_ms=min(int(seconds * 1000), 86_400_000))


def _entry(field: Mapping[str, Any], content: Mapping[str, Any]) -> Entry:
    path, before = field["path"], shown_value(field)
    if _is_yes(content.get(f"{path}{ABSENT}")):
        return Entry(path=path, action="absent")
    if path not in content:
        raise UnusableDecisionError(f"the answer says nothing of field {path!r}", field=path)
    value = str(content[path]).strip()
    if not value:
        return Entry(path=path, action="absent")
    if value == before.strip():
        return Entry(path=path, action="accept")
    action: Any = "correct" if before else "add"
    if field["columns"]:
        try:
            rows = tuple(json.loads(value))
        except (ValueError, TypeError) as error:
            raise UnusableDecisionError(f"field {path!r}: its rows are no JSON list", field=path) from error
        return Entry(path=path, action=action, rows=rows, source="typed")
    if field["many"]:
        lines = tuple(line.strip() for line in value.splitlines() if line.strip())
        return Entry(path=path, action=action, values=lines, source="typed")
    return Entry(path=path, action=action, value=value, source="typed")


def _is_yes(value: Any) -> bool:
    if isinstance(value, Mapping):
        # A checkbox of crowd-form answers {"on": true}.
        return any(_is_yes(one) for one in value.values())
    return value is True or str(value).lower() in ("true", "on", "yes")
