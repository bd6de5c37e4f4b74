"""The check before a campaign starts: who can be called and when, what it costs, what is in the way."""
