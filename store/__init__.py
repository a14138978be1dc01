"""Keeping bytes: create-once objects, results, outcomes, the trail."""
