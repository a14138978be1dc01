"""Settings, wiring and the command line; the only room that knows every other."""
