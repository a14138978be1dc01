"""The queue itself: tasks, turns, leases, decisions and their way out, by the database's clock alone."""
