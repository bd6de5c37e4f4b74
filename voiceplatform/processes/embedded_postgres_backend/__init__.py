"""Django's PostgreSQL backend on the embedded server: `ENGINE` of a checkout without DATABASE_URL."""
