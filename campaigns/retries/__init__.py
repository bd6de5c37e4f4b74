"""When a person is called again: the rules a campaign sets, and the moment they give. Pure."""
