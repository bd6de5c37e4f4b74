"""Whom to call and when: campaigns, leads, do-not-call. Places no call. Its models come with the campaigns."""
