"""What people decide: the queue with leases and lanes, its public API, and decisions on their way out."""
