"""What a person is shown of a record, and what he hands in: read, normalised, judged."""
