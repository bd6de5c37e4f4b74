"""How quick is it? Measurements that say whether they met their target."""
