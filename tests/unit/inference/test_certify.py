from __future__ import annotations

import numpy as np
import pytest

from inference.learned.certify import CANDIDATES, Decisions, certify, needed_without_error, upper_bound


def decisions(confidence: list[float], right: list[int]) -> Decisions:
    return Decisions(np.array(confidence), np.array(right, dtype=np.int64))


def test_two_per_cent_needs_149_decisions_without_an_error() -> None:
    assert needed_without_error(0.02) == 149
    assert upper_bound(0, 149) <= 0.02 < upper_bound(0, 148)


def test_the_bound_is_one_where_nothing_was_decided_or_all_is_wrong() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(3, 3) == 1.0


def test_where_the_bound_holds_for_all_decisions_no_ranking_is_needed() -> None:
    certificate = certify("date", decisions([0.99] * 200, [1] * 200), target=0.02, population="p")

    assert certificate.threshold == 0.95
    assert certificate.auroc is None
    assert (certificate.decisions, certificate.errors) == (200, 0)


def test_too_few_decisions_are_certified_for_nothing_and_say_how_many_it_takes() -> None:
    certificate = certify("date", decisions([0.99] * 100, [1] * 100), target=0.02, population="p")

    assert certificate.threshold is None
    assert certificate.needed == 149


def test_a_field_without_decisions_is_certified_for_nothing() -> None:
    certificate = certify("date", decisions([], []), target=0.02, population="no documents")

    assert certificate.threshold is None
    assert certificate.bound == 1.0


def test_confidence_that_does_not_rank_errors_accepts_nothing() -> None:
    # Among the confident there are no errors by luck, but the errors lie above most right decisions.
    confidence = [0.99] * 160 + [0.3] * 200 + [0.6] * 40
    right = [1] * 160 + [1] * 200 + [0] * 40

    assert certify("x", decisions(confidence, right), target=0.02, population="p").threshold is None


def test_a_confidence_that_ranks_is_accepted_from_the_loosest_threshold_that_holds() -> None:
    rng = np.random.default_rng(3)
    confidence = np.round(rng.uniform(0.3, 1.0, 3000), 3)
    right = (rng.uniform(size=3000) < np.where(confidence > 0.8, 0.999, 0.5)).astype(np.int64)
    certificate = certify("x", Decisions(confidence, right), target=0.02, population="p")

    assert certificate.threshold in CANDIDATES
    assert certificate.threshold is not None
    assert 0.75 <= certificate.threshold <= 0.85
    assert certificate.bound <= 0.02


def test_of_thresholds_that_hold_a_stricter_one_is_taken_if_it_covers_nearly_as_much() -> None:
    confidence = [0.98] * 290 + [0.2] * 10
    certificate = certify("x", decisions(confidence, [1] * 300), target=0.02, population="p")

    assert certificate.threshold == 0.95
    assert certificate.decisions == 290


def test_testing_stops_at_the_first_failure() -> None:
    # Strict thresholds fail; a looser one that would pass by luck must not be reached.
    confidence = [0.999] * 200 + [0.6] * 2000
    right = [1] * 150 + [0] * 50 + [1] * 2000

    assert certify("x", decisions(confidence, right), target=0.05, population="p").threshold is None


def test_two_errors_at_the_highest_confidence_do_not_hide_a_bound_that_holds_for_all() -> None:
    confidence = [0.999] * 100 + [0.96] * 140
    right = [0] * 2 + [1] * 238
    certificate = certify("x", decisions(confidence, right), target=0.05, population="p")

    assert certificate.threshold == 0.95
    assert (certificate.decisions, certificate.errors) == (240, 2)


@pytest.mark.parametrize("shape", [0.02, 0.04, 0.08])
def test_the_true_error_exceeds_the_target_in_at_most_one_of_twenty_certified_cases(shape: float) -> None:
    """Confidence ranks, but by how much is random; the certified threshold is checked on the whole world."""
    rng = np.random.default_rng(17)
    certified = violations = 0
    for _ in range(600):
        confidence = rng.beta(6, 1, 400)
        wrong = np.minimum(1.0, shape * (1 - confidence) * 8)
        right = (rng.uniform(size=400) >= wrong).astype(np.int64)
        certificate = certify("x", Decisions(confidence, right), target=0.05, population="p")
        if certificate.threshold is not None:
            world = rng.beta(6, 1, 20000)
            world = world[world >= certificate.threshold]
            certified += 1
            violations += float(np.minimum(1.0, shape * (1 - world) * 8).mean()) > 0.05

    assert violations <= 0.05 * max(certified, 1) + 1e-9
