"""The prompt router: who is asked about which fields, from what is expected to be wrong and what it costs."""
