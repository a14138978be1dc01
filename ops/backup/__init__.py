"""Backups of an installation, and coming back from one with nothing lost."""
