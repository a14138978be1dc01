"""Whom the router asks about what, from what is expected to be wrong and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from doctypes.definition import DocType, FieldSpec
from inference.endpoints.prices import Price, load_prices
from inference.router.choice import Asking, Choice, Difficulty, Doubt, choose, expected_error
from inference.router.learning import Judged, learned
from inference.router.table import BrokenRouterError, RoutedModel, RouterTable, parse_table
from schemas.fields import Agreement, Alignment, FieldKind
from schemas.histories import ModelHistory, Signs, Told

CHEAP = RoutedModel(model="cheap", error=0.04, price=Price(input=Decimal(1), output=Decimal(5)))
STRONG = RoutedModel(model="strong", error=0.01, price=Price(input=Decimal(5), output=Decimal(25)))
TABLE = RouterTable(models=(CHEAP, STRONG))
ASKING = Asking(tokens=1500, tokens_per_field={"vendor": 120, "total": 120, "note": 120})
EASY = Difficulty(quality=1.0, pages=1)


def doubt(field: str, error: float, target: float = 0.05) -> Doubt:
    return Doubt(field, error, target)


def chosen(table: RouterTable, *doubts: Doubt, **more: object) -> Choice:
    plain: dict[str, object] = {
        "history": None,
        "difficulty": EASY,
        "read_by": "small model",
        **more,
    }
    askings: Mapping[str, Asking] = {one.model: ASKING for one in table.models}
    return choose(table, doubts, askings, **plain)  # type: ignore[arg-type]


def told(model: str, field: str, right: float, decided: float) -> ModelHistory:
    one = Told(
        model=model,
        field=field,
        alignment=Alignment.EXACT,
        agreement=Agreement.ALONE,
        right=right,
        decided=decided,
        readings=int(decided),
    )
    return ModelHistory(as_of=date(2026, 11, 1), told=(one,))


def test_only_doubtful_fields_go_to_the_cheapest_model_that_settles_them() -> None:
    choice = chosen(TABLE, doubt("vendor", 0.19), doubt("total", 0.01), doubt("note", 0.30))

    assert choice.model == CHEAP
    assert choice.fields == ("vendor", "note")
    assert choice.cost == Decimal("0.0027")
    assert choice.arithmetic == (
        "small model: vendor expected error 0.19 > 0.05",
        "small model: note expected error 0.30 > 0.05",
        "→ escalate 2 of 3 fields to cheap, est. $0.0027 for 0.41 errors fewer",
    )


def test_a_stricter_target_needs_the_stronger_model() -> None:
    choice = chosen(TABLE, doubt("total", 0.19, target=0.02))

    assert choice.model == STRONG


def test_nobody_is_asked_where_nothing_is_doubtful() -> None:
    choice = chosen(TABLE, doubt("total", 0.01))

    assert choice.model is None
    assert choice.arithmetic == ("small model: no field is expected to be wrong above its target",)


def test_a_ceiling_leaves_the_cheaper_model_or_nobody() -> None:
    table = TABLE.model_copy(update={"ceiling": Decimal("0.003")})
    first = chosen(table, doubt("total", 0.3, target=0.02))
    second = chosen(
        table, doubt("total", 0.3, target=0.02), spent=Decimal("0.002"), asked=frozenset({"cheap"})
    )

    assert first.model == CHEAP
    assert any("> $0.0030 left of the ceiling" in line for line in first.arithmetic)
    assert second.model is None
    assert second.arithmetic[-1] == "→ asked nobody else"


def test_an_error_that_is_worth_less_than_it_costs_is_left() -> None:
    table = TABLE.model_copy(update={"worth": Decimal("0.001")})
    choice = chosen(table, doubt("total", 0.3))

    assert choice.model is None
    assert any("worth $0.000" in line for line in choice.arithmetic)


def test_a_price_that_is_not_known_is_never_taken_for_nothing() -> None:
    table = RouterTable(models=(CHEAP.model_copy(update={"price": None}),))
    choice = chosen(table, doubt("total", 0.3))

    assert choice.model is None
    assert "cheap: its price is not known" in choice.arithmetic


def test_a_model_that_was_wrong_about_a_field_is_not_asked_about_it() -> None:
    bad = told("cheap", "vendor", right=20, decided=30)
    choice = chosen(RouterTable(models=(CHEAP,)), doubt("vendor", 0.19), doubt("note", 0.5), history=bad)

    assert expected_error(CHEAP, "vendor", bad) > 0.19
    assert choice.fields == ("note",)


def test_what_people_found_outweighs_what_is_stated_the_more_the_more_there_is() -> None:
    few, many = told("cheap", "vendor", 4, 5), told("cheap", "vendor", 400, 500)

    assert expected_error(CHEAP, "vendor", None) == pytest.approx(0.04)
    assert 0.04 < expected_error(CHEAP, "vendor", few) < expected_error(CHEAP, "vendor", many)
    assert expected_error(CHEAP, "vendor", many) == pytest.approx(0.2, abs=0.01)
    assert expected_error(STRONG, "vendor", many) == pytest.approx(0.01)


def test_a_long_or_bad_document_is_harder_for_everybody() -> None:
    easy, bad, long = (Difficulty(q, p).log_odds(TABLE) for q, p in ((1.0, 1), (0.4, 1), (1.0, 40)))

    assert easy == 0
    assert expected_error(CHEAP, "total", None, easy) < expected_error(CHEAP, "total", None, bad)
    assert long > 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "models"),
        ('{"models": []}', "models"),
        ('{"models": [{"model": "m"}, {"model": "m"}]}', "stands twice"),
        ('{"models": [{"model": "m", "error": 2}]}', "models.0.error"),
        ('{"models": [{"model": "m"}], "cieling": 1}', "cieling"),
        ("no", "JSON"),
    ],
)
def test_a_broken_table_is_named(text: str, told: str) -> None:
    with pytest.raises(BrokenRouterError, match=r"router\.json") as caught:
        parse_table(text.encode())

    assert told in str(caught.value)


def test_known_prices_are_filled_in_and_unknown_ones_stay_unknown() -> None:
    table = parse_table(b'{"models": [{"model": "claude-haiku-4-5"}, {"model": "somebody"}]}')
    priced = table.priced(load_prices())

    assert [one.price is not None for one in priced.models] == [True, False]
    assert parse_table(priced.model_dump_json().encode()) == priced


TYPE = DocType(
    name="t",
    title="T",
    description="A type.",
    version="1",
    fields=(FieldSpec(name="total", title="T", description="The total.", kind=FieldKind.MONEY),),
)
SIGNS = Signs(model="cheap", alignment=Alignment.EXACT, agreement=Agreement.AGREES, second="variant")


def judged(count: int, wrong: int, *, audited: bool = False, inclusion: float = 1.0) -> list[Judged]:
    return [
        Judged(f"{audited}-{n}", "total", SIGNS, n >= wrong, inclusion, date(2026, 11, 1), audited)
        for n in range(count)
    ]


def test_what_people_found_calibrates_and_audits_certify() -> None:
    history = learned(TYPE, [*judged(100, 2), *judged(120, 0, audited=True)])

    assert history is not None
    sure = history.confidence("total", SIGNS)
    assert sure is not None
    assert 0.95 < sure.value < 0.99
    (certificate,) = history.certificates[0].certificates
    assert (certificate.basis, certificate.threshold is not None, certificate.decisions) == (
        "confirmed",
        True,
        120,
    )


def test_too_few_audits_certify_nothing() -> None:
    history = learned(TYPE, [*judged(100, 2), *judged(20, 0, audited=True)])

    assert history is not None
    assert history.certificates[0].certificates[0].threshold is None


def test_a_reading_that_was_unlikely_to_be_reviewed_stands_for_many_but_not_for_all() -> None:
    history = learned(TYPE, [*judged(40, 0), *judged(1, 1, inclusion=0.001)])

    assert history is not None
    assert history.told[0].decided == 50


def test_nothing_reviewed_is_no_history() -> None:
    assert learned(TYPE, []) is None
