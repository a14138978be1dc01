"""Nightly looks at production: what got worse, what moved, since when, why; and certificates that fail."""
