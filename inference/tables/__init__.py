"""Lists of rows: tables found by geometry and headings, their cells, and how far they can be trusted."""
