"""What travels to a model and back: Converse and Messages, read and written by both sides alike."""
