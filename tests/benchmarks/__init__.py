"""Measurements, as ratios taken in one run: `uv run python -m tests.benchmarks lookup`."""
