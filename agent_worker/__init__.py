"""The process on the phone: asyncio, one process per call."""
