"""People at the review queue, simulated: what they work on, what they do, and what must hold afterwards."""
