"""Tools that models and rules may ask: one box of them, in process or reached by URL."""
