"""The hours that a customer or a campaign sets for its own calls: read, applied, said in words. Pure."""
