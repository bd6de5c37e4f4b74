"""The older dialer's endpoints: its addresses, its forms and its answers, over the campaigns and lead lists of today."""
