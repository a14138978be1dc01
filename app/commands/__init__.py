"""The commands, one module per group; each imports the heavy rooms inside its functions."""
