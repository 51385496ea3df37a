"""Malformed and slow requests against a real `serve`: `python -m tests.fuzz --requests 100000 --slow 1000`."""
