"""Moving envelopes: the one consume loop and the logs it reads from."""
