"""Leads after they were imported: adding one, placing it, naming its state, exporting it, erasing a person."""
