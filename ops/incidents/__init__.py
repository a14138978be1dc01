"""Incidents: what was broken, from when until when, and what the records of the time say about it."""
