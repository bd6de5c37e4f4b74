"""Compares telephony here with LiveKit, and changes LiveKit: what touches the database or the network."""
