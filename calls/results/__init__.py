"""Counts what came of calls."""
