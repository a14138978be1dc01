"""Eval sets: built from reviewed records, content-addressed, the same bytes on every machine."""
