"""The shared language: envelope, messages, references, fields, errors."""
