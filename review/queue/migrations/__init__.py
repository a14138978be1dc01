"""How the review tables came to be, step by step (Alembic)."""
