"""Reads what a person enters into the do-not-call list: a number, or a range of numbers. No database."""
