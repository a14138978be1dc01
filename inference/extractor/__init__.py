"""Fields of one document type: candidates ranked, decided, and given a confidence."""
