"""Each call: webhooks in, opening, dispatch, timeline."""
