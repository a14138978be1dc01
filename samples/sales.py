"""Sale and purchase agreements: property, shares and businesses."""

from __future__ import annotations

import random

from samples.sale_draft import draft_sale
from samples.sale_templates import HELD_OUT, TEMPLATES
from samples.sample import Sample
from samples.signatures import sign

__all__ = ["FIELDS", "HELD_OUT", "TEMPLATES", "sale"]

FIELDS = (
    "seller",
    "buyer",
    "subject",
    "agreement_date",
    "purchase_price",
    "currency",
    "deposit",
    "completion_date",
    "governing_law",
    "signed",
)


def sale(rng: random.Random, key: str, template: str) -> Sample:
    """Return a sale and purchase agreement of ``template`` (a key of TEMPLATES)."""
    draft = draft_sale(rng, template)
    TEMPLATES[template](draft)
    evidence = sign(
        rng, draft.story, draft.people, signed=draft.signed, day=draft.made, style=draft.date_style
    )
    spans: dict[str, list[str]] = {}
    if evidence:
        draft.say.also_true("signed", "yes")
        spans["signed"] = evidence
    fields = draft.say.truth()
    keys = tuple(name for name in FIELDS if name != "currency" or "currency" in fields)
    return Sample(
        key, "sale_purchase_agreement", f"sale/{template}", ".pdf", draft.story.pdf(), fields, keys, spans
    )
