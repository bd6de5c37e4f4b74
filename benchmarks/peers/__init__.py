"""The peers we measure ourselves against, and what the bare agents are called, say and dial, without importing them."""

AGENT_NAME = "bare"
VOICE = "Puck"
INSTRUCTIONS = "You answer the telephone. Be warm and brief."
WORDS = "Hello, this is the bare agent."

OUTBOUND_NAME = "bare-outbound"
TRUNK_ADDRESS = "sip.example.com"
CALLER_ID = "+13125550100"
CALLED_IDENTITY = "phone"
