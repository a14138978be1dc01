"""Alerts: rules that watch, channels that tell, and a ladder that is climbed until somebody answers."""
