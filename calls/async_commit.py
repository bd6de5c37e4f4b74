"""TODO"""

# In a statement of its own transaction: others see it at once, but whoever waits for the answer does not wait for the
# disk.
NOT_WAITING_FOR_THE_DISK = "SELECT set_config('synchronous_commit', 'off', true)"
