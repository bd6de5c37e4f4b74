"""Reads a file of leads: lines, records, columns, leads. Pure: no Django, no LiveKit, no database."""
