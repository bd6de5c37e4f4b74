"""What was said: the turns of each call."""
