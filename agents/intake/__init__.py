"""Takes what anyone drops, pins the run, and lets the document in."""
