"""Documents the project makes itself, by a seeded generator."""
