"""What a campaign says to a lead: its texts filled with the fields of the lead, in one of its variants. Pure."""
