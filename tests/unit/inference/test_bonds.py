from __future__ import annotations

import numpy as np

from doctypes.definition import DocType, FieldSpec
from inference.extractor.bonds import NO_BONDS, Bonds, bonds_of, bound
from inference.extractor.fields import FieldSketch
from inference.extractor.ranker import Ranked
from schemas.fields import FieldKind

PARTIES = [FieldSketch(name, FieldKind.PARTY, False, frozenset()) for name in ("seller", "buyer")]
SUMS = [FieldSketch(name, FieldKind.MONEY, False, frozenset()) for name in ("net", "tax", "total")]
BONDS = Bonds((("total", "net", "tax"),), {"seller": 0.01, "buyer": 0.01})


def ranked(**probabilities: float) -> Ranked:
    keys = tuple(key.replace("_", ".").strip("n") for key in probabilities)
    count = len(keys)
    return Ranked(keys, np.arange(count), np.zeros((count, 1)), np.array(list(probabilities.values())))


def best(ranking: Ranked) -> str:
    return ranking.keys[int(ranking.probabilities.argmax())]


def test_two_parties_are_never_one() -> None:
    seller, buyer = bound(PARTIES, [ranked(a=0.9, b=0.05), ranked(a=0.8, b=0.4)], BONDS)

    assert (best(seller), best(buyer)) == ("a", "b")
    assert buyer.probabilities.tolist() == [0.0, 0.4]


def test_a_party_that_is_never_absent_takes_the_second_best() -> None:
    seller, buyer = bound(PARTIES, [ranked(a=0.9, b=0.3), ranked(a=0.99, b=0.02)], BONDS)

    assert (best(seller), best(buyer)) == ("b", "a")


def test_parties_that_differ_stay_as_they_are() -> None:
    rankings = [ranked(a=0.9, b=0.3), ranked(a=0.1, b=0.2)]

    assert bound(PARTIES, rankings, BONDS) == rankings


def test_amounts_that_add_up_win_over_a_little_more_probable_ones() -> None:
    rankings = [ranked(n100=0.4, n90=0.5), ranked(n19=0.6, n7=0.3), ranked(n119=0.9)]
    net, tax, total = bound(SUMS, rankings, BONDS)

    assert (best(net), best(tax), best(total)) == ("100", "19", "119")
    assert net.probabilities[0] > 0.8
    assert net.probabilities[1] < net.probabilities[0]


def test_amounts_that_add_up_by_chance_change_nothing() -> None:
    rankings = [ranked(n100=1e-5, n90=0.99), ranked(n19=1e-5, n7=0.99), ranked(n119=1e-5, n97_5=0.99)]

    assert [best(one) for one in bound(SUMS, rankings, BONDS)] == ["90", "7", "97.5"]


def test_without_bonds_and_without_candidates_nothing_changes() -> None:
    rankings = [ranked(a=0.9), ranked(a=0.8)]

    assert bound(PARTIES, rankings, NO_BONDS) == rankings
    assert len(bound(PARTIES, [ranked(), ranked(a=0.8)], BONDS)) == 2
    assert len(bound(SUMS, [ranked(), ranked(), ranked()], BONDS)) == 3


def test_the_bonds_of_a_type_are_its_sums_and_how_often_a_field_is_absent() -> None:
    def field(name: str, **more: tuple[str, ...]) -> FieldSpec:
        return FieldSpec(name=name, title="F", description="", kind=FieldKind.MONEY, **more)

    stated = (field("net"), field("tax"), field("total", sum_of=("net", "tax"), labels=("Total",)))
    doc_type = DocType(name="t", title="T", description="", version="1", fields=stated)
    wanted: list[dict[str, frozenset[str]]] = [
        {"net": frozenset({"1"})},
        {"net": frozenset()},
        {"net": frozenset({"2"})},
    ]

    bonds = bonds_of(doc_type, wanted)

    assert bonds.sums == (("total", "net", "tax"),)
    assert bonds.absent == {"net": 1.5 / 4}
    assert bonds_of(doc_type.model_copy(update={"fields": (field("net"),)}), wanted) == NO_BONDS
