"""Voice providers: one module each; all of them fit the same conversation."""
