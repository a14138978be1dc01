"""Asking models: one seam, and the local model behind it."""
