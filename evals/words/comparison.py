"""A comparison as an approver reads it."""

from __future__ import annotations

from evals.comparing.paired import Paired
from evals.comparing.pooled import Pooled
from evals.comparing.rule import EFFECTIVE_AT_LEAST, Comparison, Outcome
from evals.scoring.intervals import Rate
from evals.sets.form import SHOWN
from evals.sets.keeping import WORN
from evals.words.figures import taught_words

_RID = 8


def comparison_lines(found: Comparison, uses: int) -> list[str]:
    """Return a comparison as lines; ``uses`` counts the comparisons made on the set, this one included."""
    exact = found.exact
    lines = [
        (
            f"COMPARE {found.champion.name} (champion) vs {found.challenger.name}  "
            f"set {found.set_id[:SHOWN]} n={exact.documents} docs "
            f"(eff {exact.effective:.0f}), {found.cells:,} cells"
        ),
        (
            f"doc-exact   {_moved(exact)} (lower 95% {_points(exact.lower)})  fixes {exact.fixes} "
            f"breaks {exact.breaks}  McNemar {_p(exact.mcnemar)}, weighted {_p(exact.flipped)}"
        ),
        f"critical    {_critical(found)}",
    ]
    if found.hard.documents:
        lines.append(f"hard cases  {_moved(found.hard)}  n={found.hard.documents}")
    lines += [*_guardrails(found), _operations(found)]
    if found.unguarded:
        named = ", ".join(found.unguarded)
        lines.append(
            f"unguarded   {named}: fewer than {EFFECTIVE_AT_LEAST} effective documents; look yourself"
        )
    if found.disagrees:
        lines.append(
            "note        the weighted bound and the unweighted McNemar test disagree: weights decide"
        )
    if found.stamp:
        lines.append(f"note        {found.stamp}")
    lines += [f"note        {said}" for said in taught_words(found.champion.figures)]
    if uses >= WORN:
        lines.append(
            f"note        this set was compared on {uses} times: whoever goes on fits to it; build a new one"
        )
    lines += [f"blocked     {why}" for why in found.blocked]
    return [*lines, _verdict(found, uses)]


def _moved(one: Paired) -> str:
    if one.champion is None or one.challenger is None:
        return "not reviewed whole in any document"
    return f"{100 * one.champion:.1f} → {100 * one.challenger:.1f}  {_points(one.difference)}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _p(probability: float) -> str:
    return "p <.001" if probability < 0.001 else f"p {probability:.3f}".replace("0.", ".")


def _critical(found: Comparison) -> str:
    if not found.critical:
        return "none declared"
    said = []
    for name, one in found.critical.items():
        counts = f" ({one.fixes} fixes, {one.breaks} breaks)" if one.fixes or one.breaks else ""
        said.append(f"{name} {_points(one.difference)}{counts}")
    worse = [why for why in found.blocked if why.startswith("critical")]
    return "  ".join([*said, "worse: see below" if worse else "none worse"])


def _guardrails(found: Comparison) -> list[str]:
    one, other = found.champion.figures, found.challenger.figures
    return [
        (
            f"guardrails  made-up values {_pair(one.fabricated, other.fabricated)}  "
            f"accepted wrong {_pair(one.routing.accepted_error, other.routing.accepted_error)}  "
            f"accepted {_pair(one.routing.accepted_fields, other.routing.accepted_fields)}  "
            f"ECE {_plain(one.routing.ece)} → {_plain(other.routing.ece)}  "
            f"AUROC {_plain(one.routing.auroc)} → {_plain(other.routing.auroc)}"
        )
    ]


def _pair(one: Rate, other: Rate) -> str:
    return f"{_share(one)} → {_share(other)}"


def _share(rate: Rate) -> str:
    return "–" if rate.value is None else f"{100 * rate.value:.1f}%"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _operations(found: Comparison) -> str:
    one, other = found.champion.figures, found.challenger.figures
    if one.cost is None or other.cost is None:
        cost = "cost unknown: a price is missing"
    elif not one.cost:
        cost = "cost none" if not other.cost else f"cost {other.cost:.4f} a document, champion none"
    else:
        cost = f"cost {100 * (other.cost / one.cost - 1):+.0f}%"
    reviews = tuple(
        None if s.routing.coverage.value is None else 1 - s.routing.coverage.value for s in (one, other)
    )
    rate = " → ".join("–" if share is None else f"{100 * share:.1f}%" for share in reviews)
    return f"{cost}   p99 {one.seconds_p99:.2f} → {other.seconds_p99:.2f} s   review rate {rate}"


def _verdict(found: Comparison, uses: int) -> str:
    match found.outcome:
        case Outcome.SUPERIOR | Outcome.CHEAPER:
            said = f"promote ({found.outcome.value})"
        case Outcome.INCONCLUSIVE if found.needed is not None:
            said = f"inconclusive: about {found.needed:,} documents would show such a difference"
        case Outcome.INCONCLUSIVE:
            said = "inconclusive: no difference is seen that more documents would show"
        case Outcome.WORSE | Outcome.BLOCKED:
            said = f"keep the champion ({found.outcome.value})"
    broken = " ".join(rid[:_RID] for rid in found.broken[:2])
    more = f"  newly broken: doctrail eval explain {broken}" if broken else ""
    return f"VERDICT {said}. Set used {uses}/{WORN}.{more}"


def pooled_lines(found: Pooled, uses: int) -> list[str]:
    """Return a comparison of several types together: the whole, each type, and what the mix does."""
    lines = comparison_lines(found.whole, uses)
    said = "  ".join(
        f"{name} {_points(part.exact.difference)} (n={part.exact.documents}, {part.exact.fixes} fixes, "
        f"{part.exact.breaks} breaks)"
        for name, part in found.parts.items()
    )
    return [*lines[:-1], f"by type     {said}", *_mix(found), lines[-1]]


def _mix(found: Pooled) -> list[str]:
    if found.today is None:
        return []
    shares = "  ".join(f"{name} {before:.0%} → {now:.0%}" for name, (before, now) in found.mix.items())
    one, other = found.whole.exact, found.today
    lines = [
        f"mix         set → today: {shares}",
        (
            f"            on the set's mix {_points(one.difference)} [{_points(one.lower)}, "
            f"{_points(one.upper)}], on today's {_points(other.difference)} [{_points(other.lower)}, "
            f"{_points(other.upper)}]"
        ),
    ]
    if found.turned:
        lines.append(
            "cause       the mix: who is better turns with the types' shares, not with the types themselves; "
            "this set is of another production: doctrail eval build"
        )
    return lines
