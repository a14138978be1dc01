"""One folder per document type, and what types share: definition, normalisers, rules."""
