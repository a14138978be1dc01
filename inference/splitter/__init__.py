"""Where a new document begins in a file of several."""
