"""A replay in words: what changed, where the two part ways, field by field; and a sample's rates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ops.replay.again import Replay
from ops.replay.differences import (
    IN_PLACE,
    FieldDifference,
    FieldSide,
    RuleDifference,
    StepDifference,
    field_differences,
    first_difference,
    first_finding,
    rule_differences,
)
from ops.replay.sample import Sampled
from ops.words import abridged, dollars, several, short, shown, spoken, unit

MOST_FLIPS = 20
WIDEST = 60


def replay_lines(one: Replay) -> list[str]:
    """Return what a replay showed, to be read from top to bottom."""
    what = ", ".join(change.words() for change in one.changes) or "the program as it is today"
    whose = f"run {short(one.run_id)} of {short(one.document_id)} ({spoken(one.doc_type) or 'type unknown'})"
    lines = [
        f"{whose}, replayed from {one.stage} with {shown(what, 200)}",
        f"ended {spoken(one.before.ending)}, would have ended {spoken(one.after.ending)}",
        "",
    ]
    if one.failure:
        return [*lines, f"refused: {one.failure}", *_footer(one)]
    first, found = first_difference(one.before, one.after), first_finding(one.before, one.after)
    if first is None:
        return [*lines, "no step differs: the same record, field by field", *_footer(one)]
    lines += ["first diverging step", *_step_lines(first)]
    if found is not None and found != first:
        lines += ["first diverging finding", *_step_lines(found)]
    differences = field_differences(one.before, one.after)
    lines += ["", f"{several(len(differences), 'field')} would differ" + (":" if differences else "")]
    for difference in differences:
        lines += _field_lines(difference)
    rules = rule_differences(one.before, one.after)
    if rules:
        lines += ["", f"{several(len(rules), 'rule')} would say otherwise:", *map(_rule_line, rules)]
    return [*lines, *_footer(one)]


def sample_lines(found: Sampled, what: str) -> list[str]:
    """Return what a sample showed: rates with 95 % intervals, then the documents that would flip."""
    lines = [f"{several(found.replayed, 'document')} replayed with {shown(what, 200)}"]
    if found.skipped:
        lines.append(f"{found.skipped} drawn, but of another type or never came that far")
    if not found.replayed:
        [(why, _)] = found.misfits.most_common(1) or [
            ("no document of the sample came as far as that stage", 0)
        ]
        return [*lines, f"nothing can be said: {why}"]
    return [
        *lines,
        *_difference_lines(found, "doctrail replay ID tells why"),
        "",
        f"{several(found.bought, 'model reply', 'model replies')} asked for, {dollars(found.cost)}",
    ]


def beside_lines(found: Sampled) -> list[str]:
    """Return how documents came out here, in words, against the installation that was followed."""
    lines = [f"{several(found.replayed, 'document')} read there and here"]
    if found.skipped:
        lines.append(f"{found.skipped} drawn that the other does not have, or one of both has not finished")
    if not found.replayed:
        return [*lines, "nothing can be said yet: doctrail shadow follow, then let the agents work"]
    return [*lines, *_difference_lines(found, "doctrail trace ID here and there tells why")]


def _difference_lines(found: Sampled, advice: str) -> list[str]:
    lines = ["", f"other outcome   {found.rate(len(found.flips)).words()}"]
    for (before, after), count in sorted(found.endings.items(), key=lambda item: -item[1]):
        if before != after:
            lines.append(f"  {spoken(before)} → {spoken(after)}: {found.rate(count).words()}")
    lines.append(f"any other field {found.rate(found.changed).words()}")
    lines += [
        f"  {name}: {found.values[name]} other values, {found.decisions[name]} other decisions"
        for name in sorted({*found.values, *found.decisions}, key=lambda n: -found.values[n])
    ]
    lines += [
        f"  rule {name}: {_verdicts(before, after)} in {found.rate(count).words()}"
        for (name, before, after), count in sorted(
            found.rules.items(), key=lambda item: (-item[1], item[0][0])
        )
    ]
    if found.refused:
        lines += ["", f"{several(len(found.refused), 'document')} would have been refused:"]
        lines += [f"  {short(one)}  {sentence}" for one, sentence in found.refused[:MOST_FLIPS]]
    if found.flips:
        lines += ["", f"would end otherwise ({advice}):"]
        lines += [_flip(flip) for flip in found.flips[:MOST_FLIPS]]
        rest = len(found.flips) - MOST_FLIPS
        lines += [f"  and {rest} more (--json lists them all)"] if rest > 0 else []
    return lines


def replay_json(one: Replay) -> dict[str, Any]:
    """Return a replay for a program."""
    first, found = first_difference(one.before, one.after), first_finding(one.before, one.after)
    return {
        "document_id": one.document_id,
        "run_id": one.run_id,
        "doc_type": one.doc_type,
        "from": one.stage,
        "with": [change.words() for change in one.changes],
        "before": one.before.ending,
        "after": one.after.ending,
        "refused": one.failure,
        "first_diverging_step": _step_json(first),
        "first_diverging_finding": _step_json(found),
        "fields": [
            {"name": d.name, "before": _side_json(d.before), "after": _side_json(d.after)}
            for d in field_differences(one.before, one.after)
        ],
        "rules": [asdict(d) for d in rule_differences(one.before, one.after)],
        "replies": {"bought": one.bought, "found": one.reused, "cost": one.cost},
    }


def sample_json(found: Sampled) -> dict[str, Any]:
    """Return a sample for a program."""

    def told(hits: int) -> dict[str, float | int]:
        one = found.rate(hits)
        return {"hits": hits, "of": one.cases, "rate": one.value, "low": one.low, "high": one.high}

    return {
        "replayed": found.replayed,
        "skipped": found.skipped,
        "other_outcome": told(len(found.flips)),
        "other_fields": told(found.changed),
        "outcomes": [
            {"before": before, "after": after, **told(count)}
            for (before, after), count in sorted(found.endings.items())
        ],
        "fields": {
            name: {"values": found.values[name], "decisions": found.decisions[name]}
            for name in sorted({*found.values, *found.decisions})
        },
        "rules": [
            {"name": name, "before": before, "after": after, **told(count)}
            for (name, before, after), count in sorted(found.rules.items(), key=str)
        ],
        "flips": [
            {
                "document_id": flip.document_id,
                "name": flip.name,
                "before": flip.before,
                "after": flip.after,
                "fields": list(flip.fields),
            }
            for flip in found.flips
        ],
        "refused": [{"document_id": one, "sentence": sentence} for one, sentence in found.refused],
        "replies": {"bought": found.bought, "cost": found.cost},
    }


def _flip(flip: Any) -> str:
    name = shown(flip.name, 32) if flip.name else "–"
    fields = ", ".join(flip.fields[:4]) + (" …" if len(flip.fields) > 4 else "")
    return f"  {short(flip.document_id)}  {name}  {spoken(flip.before)} → {spoken(flip.after)}  {fields}"


def _step_lines(step: StepDifference) -> list[str]:
    lines = [f"  {step.stage}, step {step.number}: {shown(abridged(step.step), WIDEST)}"]
    if step.before is not None and IN_PLACE in step.before:
        other = shown(abridged(str(step.before[IN_PLACE])), WIDEST)
        lines += [f"    {name}: {_plain(now)}" for name, now in (step.after or {}).items()]
        return [*lines, f"    in the place of: {other}"]
    for name in {**(step.before or {}), **(step.after or {})}:
        was, now = (step.before or {}).get(name), (step.after or {}).get(name)
        lines.append(f"    {name}: {_plain(was)} → {_plain(now)}")
    if step.before is None:
        lines.append("    there was no such step")
    elif step.after is None:
        lines.append("    there would be no such step")
    return lines


def _plain(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return shown(", ".join(map(str, value)) or "none", WIDEST)
    if isinstance(value, str) and len(value) > WIDEST:
        return f"{len(value)} characters"
    return shown(f"{value:.3g}" if isinstance(value, float) else str(value), WIDEST)


def _field_lines(one: FieldDifference) -> list[str]:
    name = one.name
    if one.value_differs:
        return [f"  {name}: {_value(one.before)} → {_value(one.after)}", f"      {_decision(one)}"]
    return [f"  {name}: {_value(one.after)}, the same value", f"      {_decision(one)}"]


def _rule_line(one: RuleDifference) -> str:
    return f"  {one.name}: {_verdicts(one.before, one.after)}: {shown(one.explanation, 120)}"


def _verdicts(before: str | None, after: str | None) -> str:
    return f"{spoken(before or 'no such rule')} → {spoken(after or 'no such rule')}"


def _value(side: FieldSide | None) -> str:
    if side is None:
        return "not declared"
    if side.value is None:
        return spoken(side.state)
    return f"{shown(side.value, WIDEST)} ({unit(side.confidence)})"


def _decision(one: FieldDifference) -> str:
    was = one.before.decision if one.before else None
    now = one.after.decision if one.after else None
    if was == now:
        return f"{spoken(now or 'never decided')} as before"
    why = f": {shown(one.after.arithmetic, 120)}" if one.after and one.after.arithmetic else ""
    return f"{spoken(was or 'never decided')} → {spoken(now or 'never decided')}{why}"


def _footer(one: Replay) -> list[str]:
    paid = f"{one.bought} asked for ({dollars(one.cost)})" if one.bought else "none asked for"
    return ["", f"model replies: {one.reused} from the ledger, {paid}; nothing of the installation changed"]


def _step_json(step: StepDifference | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "stage": step.stage,
        "number": step.number,
        "step": step.step,
        "before": step.before,
        "after": step.after,
    }


def _side_json(side: FieldSide | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "value": side.value,
        "state": side.state,
        "confidence": side.confidence,
        "decision": side.decision,
        "arithmetic": side.arithmetic,
    }
