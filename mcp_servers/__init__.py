"""Knowledge behind tools: clauses and reviewed records, master data, and a graph of entities."""
