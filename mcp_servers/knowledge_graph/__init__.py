"""Entities with their names, identifiers and relations, in a graph."""
