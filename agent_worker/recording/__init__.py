"""Records the sound of a call, both sides, as it is heard."""
