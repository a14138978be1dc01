"""Replay: what would have become of documents under another prompt, model, rule or threshold."""
