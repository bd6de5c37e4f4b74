"""The admin's pages of imports: upload, mapping, progress, report."""
