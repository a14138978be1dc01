"""One page of a set's figures with plots, complete in itself: no script, no font, nothing from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import numpy as np

from evals.plots import bars, curve, dots
from evals.scoring.figures import Figures, figures, reliability, risk_coverage
from evals.scoring.intervals import Rate
from evals.scoring.table import Scored
from evals.sets.form import SHOWN, Manifest
from evals.words.figures import rate_words, taught_words

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;
background:#fff}
h1,h2{line-height:1.2}table{border-collapse:collapse;margin:1rem 0}
th,td{padding:.25rem .7rem;border-bottom:1px solid #d5dae0;text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}.stamp{border:2px solid #a33;padding:.5rem 1rem}
figure{display:inline-block;margin:0 1.5rem 1.5rem 0}figcaption{font-size:.85rem;max-width:22rem}
svg text{font:11px system-ui,sans-serif;fill:#1b1f24}
@media (prefers-color-scheme:dark){body{background:#14171a;color:#e4e8ec}svg text{fill:#e4e8ec}
th,td{border-color:#3a4148}}
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A variant that the page shows."""

    name: str
    scored: Scored


def page(manifest: Manifest, shown: Sequence[Shown], now: datetime) -> str:
    """Return the page; it holds figures and names of fields, and no value of a document."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>Eval {escape(manifest.name)} {manifest.set_id[:SHOWN]}</title>",
        f"<style>{_STYLE}</style></head>",
        "<body>",
        f"<h1>Set {escape(manifest.name)} {manifest.set_id[:SHOWN]}</h1>",
        (
            f"<p>Decided {escape(manifest.sampling.first)} to {escape(manifest.sampling.last)}; "
            f"written {now:%Y-%m-%d %H:%M} UTC. Intervals are 95 %, over documents.</p>"
        ),
    ]
    if manifest.stamp:
        parts.append(f'<p class="stamp">{escape(manifest.stamp)}</p>')
    parts.append(_mix(manifest))
    for one in shown:
        parts += _variant(one)
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _mix(manifest: Manifest) -> str:
    rows = [
        (
            name,
            str(share.records),
            str(share.hard),
            f"{float(share.mix):.1%}",
            f"{float(share.effective):.0f}",
        )
        for name, share in manifest.types.items()
    ]
    return _table(("type", "records", "hard", "of production", "effective"), rows)


def _variant(one: Shown) -> list[str]:
    found, scored = figures(one.scored), one.scored
    known = ~np.isnan(scored.confidence) & (scored.weight > 0)
    confidence, right, weight = scored.confidence[known], scored.right[known], scored.weight[known]
    plots = [_figure(bars(_rates(found)), "Fields that are right, with 95 % intervals.")]
    if len(right):
        coverage, risk = risk_coverage(confidence, right, weight)
        plots.append(
            _figure(curve(coverage, risk, "share of fields accepted", "errors among them"),
                    "Risk and coverage: errors among the surest fields, as more of them are accepted.")
        )  # fmt: skip
        plots.append(
            _figure(dots(reliability(confidence, right, weight)),
                    "Reliability: accuracy by mean confidence of ten bins; larger dots are more fields.")
        )  # fmt: skip
    told = [f'<p class="stamp">{escape(said)}</p>' for said in taught_words(found)]
    return [f"<h2>{escape(one.name)}</h2>", *told, _headline(found), *plots, _outcomes(scored)]


def _headline(found: Figures) -> str:
    routing = found.routing
    auroc = (
        "–"
        if routing.auroc is None
        else f"{routing.auroc:.3f} [{routing.auroc_low:.3f}, {routing.auroc_high:.3f}]"
    )
    rows = [
        ("documents right in every required field", rate_words(found.exact)),
        ("critical fields right", rate_words(found.critical)),
        ("cells, F1", rate_words(found.f1)),
        ("made-up values, of absent fields", rate_words(found.fabricated)),
        ("documents that no person need look at", rate_words(routing.coverage)),
        ("wrong among accepted fields", rate_words(routing.accepted_error)),
        ("AUROC of confidence", f"{auroc}, {routing.errors} errors, {routing.bins} of 10 bins populated"),
        ("calibration error (ECE)", "–" if routing.ece is None else f"{routing.ece:.3f}"),
    ]
    return _table(("figure", "value"), rows)


def _rates(found: Figures) -> list[tuple[str, Rate]]:
    return [(name, rate) for name, rate in found.fields.items() if rate.value is not None]


def _outcomes(scored: Scored) -> str:
    """Return what became of the cells of each field: the confusion of values."""
    rows = []
    for place, name in enumerate(scored.names):
        tp, fd, fa, fn, tn = (int(x) for x in scored.cells[scored.field == place].sum(axis=0))
        rows.append((".".join(name), str(tp), str(fd), str(fa), str(fn), str(tn)))
    head = ("cells of", "right", "another value", "made up", "missed", "rightly absent")
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(one)}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"
