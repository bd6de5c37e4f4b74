"""The peers we measure ourselves against, and what the bare agent is called and says, without importing it."""

AGENT_NAME = "bare"
VOICE = "Puck"
INSTRUCTIONS = "You answer the telephone. Be warm and brief."
WORDS = "Hello, this is the bare agent."
