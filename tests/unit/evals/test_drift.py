"""The night: alerts that mean something, since when, why; and certificates that fail."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.actions.drift import needed_rate
from benchmarks.drift import bit_rot, false_promotions, null_nights, planted, ridden, skewed
from evals.drift.chances import classes_differ, deviations, numbers_differ, stability, surprising
from evals.drift.gate import broken_certificates
from evals.drift.inputs import Profile, compare_profiles
from evals.drift.nightly import attribution, look
from evals.drift.nights import NightNote, keep_night, standing_night
from evals.production import Cell, drawn_alike
from evals.words.drift import Report, kind_of_drift, report_dict, report_lines
from schemas.certificates import Certificate, Certificates
from store.memory import MemoryStore
from tests.unit.evals.cells import NOW, cell


def history(*, tonight_wrong: int, since_days: int = 1, seed: int = 1) -> list[Cell]:
    """Forty days of fifty audits at 97.5 %, the last ``since_days`` of them with ``tonight_wrong`` errors."""
    drawn, out = random.Random(seed), []
    for day in range(37):
        for place in range(50):
            wrong = place < tonight_wrong if day < since_days else drawn.random() < 0.025
            out.append(cell(day * 50 + place, right=not wrong, back=day + 0.5))
    return out


def report(cells: Sequence[Cell], **changes: object) -> Report:
    base: dict[str, object] = {
        "night": look(cells, NOW),
        "inputs": compare_profiles(Profile(), Profile(), ({"invoice": 900}, {"invoice": 30})),
        "wanted": 50,
        "waiting": 3,
        "revoked": (),
        "changes": {},
        "rate": None,
    }
    return Report(**(base | changes))  # type: ignore[arg-type]


def test_a_fall_alerts_with_its_figures_and_its_first_day() -> None:
    cells = history(tonight_wrong=8, since_days=3)
    found = report(cells, changes={"invoice.total": ["invoice@7c1e live since 2026-11-18 (prompt.md)"]})
    lines = report_lines(found)

    assert found.code == 2
    assert {figure.name for figure in found.night.alerts} == {"invoice.total", "invoice"}
    alert = next(f for f in found.night.alerts if f.name == "invoice.total")
    assert alert.since == (NOW - timedelta(days=2.5)).date()
    assert lines[0] == "DRIFT 2026-11-21  audit n=50/50 (3 awaiting review)  baseline 30d n=1500"
    assert lines[1].startswith("ALERT invoice")
    cause = next(line for line in lines if line.startswith("cause invoice.total "))
    assert cause.endswith("first seen 2026-11-18  invoice@7c1e live since 2026-11-18 (prompt.md)")
    assert f"{100 * (alert.shown.right - alert.base.right):+.1f}pt: after a change of ours" in cause
    assert any(line.startswith("      all of production, seven nights: within types -") for line in lines)
    assert any(line.startswith("look  doctrail trace") for line in lines)
    assert report_dict(found)["exit"] == 2


def test_a_quiet_night_says_so_and_exits_with_nothing() -> None:
    found = report(history(tonight_wrong=1))

    assert (found.code, found.night.alerts) == (0, ())
    assert report_lines(found)[-1] == "ok    nothing stands out"


def test_beyond_two_sigma_is_watched_and_how_many_are_expected_is_said() -> None:
    found = report(history(tonight_wrong=4, seed=3))

    assert found.code == 1
    assert found.night.watched
    assert any("such lines a night" in line for line in report_lines(found))


def test_a_figure_without_a_baseline_is_not_tested() -> None:
    night = look([cell(n, right=False) for n in range(50)], NOW)

    assert night.figures == ()
    assert set(night.untested) == {"invoice.total", "invoice"}


def test_what_is_said_after_the_night_does_not_count() -> None:
    cells = history(tonight_wrong=1)
    later = [cell(9000 + n, right=False, back=-1) for n in range(50)]

    assert look(cells + later, NOW) == look(cells, NOW)


def test_doubted_documents_count_as_often_as_audits_would_have_drawn_them() -> None:
    audits = [cell(n, pi=0.05) for n in range(100)]
    routed = [cell(1000 + n, pi=0.15, audited=False) for n in range(1500)]
    partly = [cell(9000 + n, pi=1.0, audited=False, whole=False) for n in range(50)]
    kept = drawn_alike([*audits, *routed, *partly])

    assert [one for one in kept if one.audited] == audits
    assert 430 < len(kept) - len(audits) < 570
    assert not any(not one.whole for one in kept)
    assert drawn_alike(routed) == []
    # All of it was doubted: audits would have drawn as many, so as many speak for the whole.
    rate = {routed[0].at.date(): 0.05}
    assert 430 < len(drawn_alike(routed, rate)) < 570


def test_a_change_of_the_mix_is_told_from_one_within_types() -> None:
    before = [cell(n, doc_type="a", right=True) for n in range(60)] + [
        cell(n, doc_type="b", right=n % 2 == 0) for n in range(40)
    ]
    mixed = [cell(n, doc_type="a", right=True) for n in range(20)] + [
        cell(n, doc_type="b", right=n % 2 == 0) for n in range(80)
    ]
    mix, within = attribution(before, mixed)

    assert mix == pytest.approx(-0.2)
    assert within == pytest.approx(0.0)
    assert attribution([], mixed) == attribution(before, []) == (0.0, 0.0)


def test_what_kind_of_drift_it_is_follows_from_what_moved() -> None:
    cells = history(tonight_wrong=9)
    figure = look(cells, NOW).alerts[0]
    calm = report(cells)
    blurred = Profile(quality=[0.3] * 60)
    clear = Profile(quality=[0.9] * 200)
    moved = report(cells, inputs=compare_profiles(clear, blurred, ({"invoice": 900}, {"invoice": 30})))

    assert kind_of_drift(figure, calm).startswith("concept drift")
    assert kind_of_drift(figure, moved).startswith("data drift (what comes in moved: quality")
    assert kind_of_drift(figure, report(cells, changes={figure.name: ["x"]})) == "after a change of ours"


def certificates(threshold: float = 0.8) -> Certificates:
    one = Certificate(
        field="total", target_error=0.02, threshold=threshold, decisions=300, errors=1, bound=0.016,
        needed=149, population="labelled",
    )  # fmt: skip
    return Certificates(variant="v", certificates=(one,))


def test_audited_errors_above_the_target_break_a_certificate() -> None:
    cells = [cell(n, right=n >= 8) for n in range(100)]
    (found,) = broken_certificates(cells, "invoice", "b" * 64, certificates())

    assert found.why == "8 of 100 audited values it let pass were wrong, 2.0% were certified"
    assert (
        broken_certificates([cell(n, right=n >= 3) for n in range(100)], "invoice", "b" * 64, certificates())
        == []
    )
    assert broken_certificates(cells, "invoice", "c" * 64, certificates()) == []


def test_confidence_that_no_longer_ranks_breaks_a_certificate_once_enough_errors_are_seen() -> None:
    blind = [
        cell(n, right=n % 3 != 0, accepted=False, confidence=0.5 + (n * 37 % 100) / 250) for n in range(300)
    ]
    (found,) = broken_certificates(blind, "invoice", "b" * 64, certificates())

    assert found.why.startswith("confidence no longer tells right from wrong")
    assert broken_certificates(blind[:50], "invoice", "b" * 64, certificates()) == []
    assert broken_certificates(blind, "invoice", "b" * 64, certificates(threshold=0.0)) == []


def test_the_limit_of_psi_knows_how_many_there_are() -> None:
    same = stability([30, 20, 50], [14, 11, 25])
    moved = stability([300, 200, 500], [400, 300, 100])

    assert not same.moved
    assert moved.moved
    assert same.limit > moved.limit
    assert stability([0, 5], [0, 7]).limit == 0.0


def test_rare_classes_are_put_together_before_they_are_compared() -> None:
    assert classes_differ([500, 1, 2, 1], [500, 0, 1, 3]) > 0.2
    assert classes_differ([500, 100], [300, 300]) < 1e-6
    assert classes_differ([5, 0], [9, 0]) == 1.0
    assert numbers_differ([1.0] * 3, [2.0] * 30) == 1.0


def test_a_baseline_without_an_error_does_not_make_one_infinitely_surprising() -> None:
    assert -2.5 < deviations(1, 50, 0, 1500) < -1
    assert surprising({"a": 0.001, "b": 0.04, "c": 0.9}, 0.05) == {"a"}


def test_the_fall_of_one_type_does_not_make_others_alert() -> None:
    """Four figures of one type that fell made the line of every other one five times as easy to cross."""
    chances = {f"receipt.{name}": 1e-6 for name in "abcd"} | {
        "order.a": 0.014,
        "order.b": 0.024,
        "order": 0.3,
    }

    def type_of(name: str) -> str:
        return name.partition(".")[0]

    assert "order.a" in surprising(chances, 0.06)
    assert surprising(chances, 0.06, group=type_of) == {f"receipt.{name}" for name in "abcd"}
    assert surprising(chances | {"order.a": 0.008}, 0.06, group=type_of) >= {"order.a"}
    assert ridden(8, 25, 3).value <= 0.16


def test_simulated_nights_rarely_cry_wolf_and_planted_falls_are_found() -> None:
    alerts, _ = null_nights(12, 40, 3)

    assert alerts.value <= 0.15
    assert planted(0.95, 0.80, 3, 8, 12, 4).value >= 0.75


def test_simulated_equal_variants_are_rarely_promoted() -> None:
    assert false_promotions(300, 0.08, 80, 5, skewed(300))[0].value <= 0.10


def test_a_stale_set_says_worse_where_todays_mix_says_better() -> None:
    stale, fresh = bit_rot(2000, 3)

    assert "-4." in stale
    assert "+" in fresh.split("→")[1]


@pytest.mark.anyio
async def test_the_last_night_is_what_alerts_go_by_for_a_day_and_a_half() -> None:
    store = MemoryStore()
    fell = NightNote(at=NOW, code=2, alerts=("invoice.total",), revoked=("invoice.total", "invoice.iban"))
    quiet = NightNote(at=NOW + timedelta(days=1), code=0, alerts=(), revoked=())

    assert await standing_night(store, NOW) is None
    await keep_night(store, fell)
    found = await standing_night(store, NOW + timedelta(hours=20))
    assert found is not None
    assert found.fallen == ("invoice.total", "invoice.iban")
    assert await standing_night(store, NOW + timedelta(days=3)) is None
    await keep_night(store, quiet)
    later = await standing_night(store, NOW + timedelta(days=1, hours=2))
    assert later is not None
    assert later.fallen == ()


def test_a_night_asks_for_as_many_audits_as_are_wanted_and_for_none_where_nobody_is_to_be_audited() -> None:
    assert needed_rate(50, 200.0, 0.02) == 0.25
    assert needed_rate(50, 12.0, 0.02) == 1.0
    assert needed_rate(50, 5000.0, 0.02) == 0.0
    assert needed_rate(50, 200.0, 0.0) == 0.0
    assert needed_rate(50, 0.0, 0.02) == 0.0


def test_where_the_audit_rate_was_raised_doubted_documents_count_as_often_as_on_that_day() -> None:
    """Half of the days at a tenth, half at one half: doubted ones keep their share of each."""
    audits = [cell(n, back=9.5, pi=0.1) for n in range(10)] + [cell(n, pi=0.5) for n in range(100, 150)]
    routed = [
        cell(n, back=back, pi=pi, audited=False)
        for back, pi, start in ((9.5, 0.2, 1000), (0.5, 1.0, 3000))
        for n in range(start, start + 2000)
    ]
    kept = [one for one in drawn_alike([*audits, *routed]) if not one.audited]
    early = sum(one.at == cell(0, back=9.5).at for one in kept)

    assert 900 < early < 1100
    assert 900 < len(kept) - early < 1100
