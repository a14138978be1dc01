"""Amazon A2I, for teams that have it: its workers answer what the queue asks."""
