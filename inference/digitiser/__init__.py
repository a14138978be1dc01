"""From the scan of a well log to two curves: straightened, its grid told apart, traced, held to scale."""
