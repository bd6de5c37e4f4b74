"""Which voice speaks? One module a provider; all of them fit the same conversation."""
