"""Side-by-side benchmarks that print ratios: these machines are too noisy for absolute times."""
