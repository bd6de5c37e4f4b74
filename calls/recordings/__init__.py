"""Recordings once they were made: kept in a storage, listened to, deleted when their time is over."""
