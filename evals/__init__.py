"""Evidence from what people said: sets, scoring, comparison, promotion, live accuracy, drift."""
