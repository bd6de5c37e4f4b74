"""Prompts of the older dialer: its Python modules and its list of campaigns, read without running any code."""
