"""What type a document is, and whether it is of a type never seen."""
