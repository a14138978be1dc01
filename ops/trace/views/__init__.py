"""A trace as text, HTML and JSON: one outline, several forms."""
