"""Scoring: what a variant answered held against what people found, cell by cell, with intervals."""
