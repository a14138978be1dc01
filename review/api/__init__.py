"""The public HTTP API of the review queue; the page uses nothing else."""
