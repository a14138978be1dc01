"""Reviews that wait for a person: the queue, the sheet to edit, the file handed in, the decision."""
