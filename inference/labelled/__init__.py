"""Labelled documents: folders, boxes, families, and what people corrected."""
