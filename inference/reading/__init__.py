"""A document as the local model sees it: segments, pieces, and typed spans that could be values."""
