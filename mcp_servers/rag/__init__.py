"""Clauses as they are commonly worded, and records that people reviewed: found by words."""
