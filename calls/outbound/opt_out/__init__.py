"""Whether a caller or callee asks not to be called again: the decision, and the wording of each language as data."""
