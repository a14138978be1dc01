"""Keeping facts for people: a SQL projection that agents never query."""
