"""Imports lead files into the database: upload, preview, run, report. The pure reader is campaigns/lead_import."""
