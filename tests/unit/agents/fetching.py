"""A workshop whose intake fetches from what a test puts there."""

from __future__ import annotations

from dataclasses import replace

from agents.intake.agent import Intake, Sources
from tests.unit.agents.workshop import Workshop


def workshop_with(sources: Sources) -> Workshop:
    """Return a workshop whose intake fetches from ``sources``."""
    workshop = Workshop()
    let_fetch(workshop, sources)
    return workshop


def let_fetch(workshop: Workshop, sources: Sources) -> None:
    """Let intake fetch from ``sources``."""
    intake, *others = workshop.handlers
    assert isinstance(intake, Intake)
    workshop.handlers = (replace(intake, sources=sources), *others)
