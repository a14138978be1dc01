"""The fields of a document, each with its evidence."""
