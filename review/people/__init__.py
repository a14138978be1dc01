"""Who works here: accounts, tokens, logging in elsewhere, and what each has set for himself."""
