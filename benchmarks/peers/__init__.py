"""Whom do we measure ourselves against? What the bare agent is called and says, without importing it."""

AGENT_NAME = "bare"
VOICE = "Puck"
INSTRUCTIONS = "You answer the telephone. Be warm and brief."
WORDS = "Hello, this is the bare agent."
