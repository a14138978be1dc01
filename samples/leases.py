"""Leases: who lets what to whom, since when and for how much."""

from __future__ import annotations

import random

from samples.lease_clauses import inventory
from samples.lease_draft import draft_lease
from samples.lease_templates import HELD_OUT, TEMPLATES
from samples.sample import Sample, chance
from samples.signatures import sign

__all__ = ["FIELDS", "HELD_OUT", "TEMPLATES", "lease"]

FIELDS = (
    "landlord", "tenant", "premises_address", "agreement_date", "commencement_date", "expiry_date", "term",
    "monthly_rent", "currency", "deposit", "governing_law", "guarantor", "signed",
)  # fmt: skip


def lease(rng: random.Random, key: str, template: str, *, date_style: str | None = None) -> Sample:
    """Return a lease of ``template`` (a key of TEMPLATES); ``date_style`` as ``samples.printed`` has them."""
    draft = draft_lease(rng, template, date_style)
    TEMPLATES[template](draft)
    if not draft.commercial and chance(rng, 0.2):
        inventory(draft)
    evidence = sign(
        rng, draft.story, draft.signatories, signed=draft.signed, day=draft.made, style=draft.date_style
    )
    spans: dict[str, list[str]] = {}
    if evidence:
        draft.say.also_true("signed", "yes")
        spans["signed"] = evidence
    if draft.guarantor:
        draft.say.also_true("guarantor", "yes")
        spans["guarantor"] = [draft.guarantor]
    fields = draft.say.truth()
    keys = tuple(name for name in FIELDS if name != "currency" or "currency" in fields)
    return Sample(key, "lease", f"lease/{template}", ".pdf", draft.story.pdf(), fields, keys, spans)
