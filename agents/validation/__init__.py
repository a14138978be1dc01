"""Is the record consistent, true to the source and within the rules; what becomes of it."""
