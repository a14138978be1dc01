"""Reading files: every hostile byte is met in a subprocess."""
