"""Measurements that say whether they met their target."""
