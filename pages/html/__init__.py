"""HTML: what a browser would show, without running or fetching anything."""
