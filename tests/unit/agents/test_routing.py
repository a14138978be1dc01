"""Where the Gatekeeper sends a document."""

from __future__ import annotations

from agents.gatekeeper.routing import Limits, TypeReading, route
from schemas.certificates import GENERATED, Certificate
from schemas.documents import Route
from schemas.layout import Quality

GOOD = Quality(score=0.9, pages=())
LIMITS = Limits(min_quality=0.35, accept_generated=False)
TYPES = frozenset({"lease"})


def certificate(*, threshold: float | None = 0.8, population: str = "labelled documents") -> Certificate:
    return Certificate(
        field="doc_type",
        target_error=0.02,
        threshold=threshold,
        decisions=300,
        errors=1,
        bound=0.0157,
        needed=149,
        population=population,
    )


def test_a_known_type_above_its_certified_threshold_is_extracted() -> None:
    routing = route(TypeReading("lease", 0.93, 0.1), TYPES, GOOD, certificate(), LIMITS)

    assert routing.route is Route.EXTRACT
    assert routing.reason is None
    assert routing.arithmetic == (
        "type: lease 0.93 ≥ 0.80 (error ≤ 1.6% at 95 %, 1 of 300 wrong)",
        "quality: 0.90 ≥ 0.35",
    )


def test_a_doubtful_type_goes_to_review_with_its_numbers() -> None:
    routing = route(TypeReading("lease", 0.71, 0.1), TYPES, GOOD, certificate(), LIMITS)

    assert routing.route is Route.REVIEW
    assert routing.arithmetic[0] == "type: lease 0.71 < 0.80 → review"


def test_an_unknown_type_goes_to_review() -> None:
    routing = route(TypeReading("unknown", 0.97, 0.95), TYPES, GOOD, certificate(), LIMITS)

    assert (routing.route, routing.reason) == (Route.REVIEW, "the document resembles none of the known types")


def test_a_type_that_the_release_lacks_goes_to_review() -> None:
    routing = route(TypeReading("nda", 0.99, 0.0), TYPES, GOOD, certificate(), LIMITS)

    assert (routing.route, routing.reason) == (Route.REVIEW, "type nda is not set up in this release")


def test_without_a_certified_threshold_nothing_is_extracted() -> None:
    for missing in (None, certificate(threshold=None)):
        assert route(TypeReading("lease", 0.99, 0.0), TYPES, GOOD, missing, LIMITS).route is Route.REVIEW


def test_a_type_that_is_not_certified_says_how_many_decisions_that_would_take() -> None:
    told = route(TypeReading("lease", 0.99, 0.0), TYPES, GOOD, certificate(threshold=None), LIMITS).arithmetic

    assert "no certified threshold (error ≤ 2% needs 149 decisions without an error" in told[0]


def test_a_certificate_on_generated_samples_counts_only_where_the_operator_says_so() -> None:
    reading, generated = TypeReading("lease", 0.99, 0.0), certificate(population=GENERATED)

    assert route(reading, TYPES, GOOD, generated, LIMITS).route is Route.REVIEW
    assert route(reading, TYPES, GOOD, generated, Limits(0.35, accept_generated=True)).route is Route.EXTRACT


def test_a_document_that_is_hard_to_read_goes_to_review_with_the_reasons() -> None:
    blurred = Quality(score=0.2, pages=(), reasons=("OCR is unsure of 31 % of words",))

    routing = route(TypeReading("lease", 0.99, 0.0), TYPES, blurred, certificate(), LIMITS)

    assert routing.route is Route.REVIEW
    assert routing.reason == "the document is hard to read: OCR is unsure of 31 % of words"
    assert routing.arithmetic[1] == "quality: 0.20 < 0.35 → review"
