"""What a campaign's leads have to fill its placeholders with."""
