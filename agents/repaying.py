"""Runs for which models are asked anew, whatever replies are known."""

from __future__ import annotations

from dataclasses import replace

from agents.stage import Work
from store.releases import RunManifest


def repaying(work: Work, manifest: RunManifest) -> Work:
    """Return ``work`` with the run's cause, where that wants replies bought again."""
    if not manifest.repay:
        return work
    work.trail.step("note", "known replies are bought again", cause=manifest.cause)
    return replace(work, repaid=manifest.cause)
