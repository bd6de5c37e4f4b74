"""The admin's pages of leads and their lists."""
