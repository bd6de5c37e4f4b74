"""The admin pages of campaigns: their list, and the place that each campaign is."""
