"""A password hasher for tests: the real one takes 0.2 s for each user and each login."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Hashes once. A server with the real settings can still check such a password: the count is part of the hash."""

    iterations = 1
