"""Asks whether leads may be called: one lead with its proof, or all of a campaign at once."""
