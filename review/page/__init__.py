"""The page that people review in: shells and scripts; everything it shows comes through the public API."""
