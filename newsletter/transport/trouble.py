"""What went wrong with a connection, in words and without error numbers."""

import os
import socket


def socket_trouble(error: OSError) -> str:
    """Say what `error` is in words that need no manual."""
    if isinstance(error, socket.gaierror):
        return f"its name cannot be looked up ({error.strerror})"
    if error.errno is None:
        return str(error) or ("it took too long" if isinstance(error, TimeoutError) else "the line dropped")
    return os.strerror(error.errno).lower()


def dropped(error: Exception | None) -> str:
    """Say that the connection dropped, and why if that is known."""
    why = socket_trouble(error) if isinstance(error, OSError) else str(error or "")
    return f"the line dropped: {why}" if why else "the line dropped"
