"""Calls a campaign's leads one after the other, for one person at a time."""
