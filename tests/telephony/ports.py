"""Which port is free on loopback?"""

import socket


def free_port() -> int:
    """Return a port that is free now. Another process may take it before the caller does."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port
