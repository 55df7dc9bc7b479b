"""Where a server listens, and how many connections its open files permit."""

from __future__ import annotations

import resource
import socket

from chatsim.errors import ConfigurationError

FILES_RESERVED = 64
"""Open files that are not connections, among them those of peers that are being turned away."""
BACKLOG = 1_024


def raise_file_limit() -> int:
    """Raise the soft limit on open files as far as it goes, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, 1 << 20)
    if soft < hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # some systems refuse what they state
            return soft
    return hard


def connections_permitted(asked: int | None) -> int:
    """How many connections the server takes: as asked, or as many as open files permit.

    Raises ConfigurationError where more are asked for.
    """
    permitted = raise_file_limit() - FILES_RESERVED
    if permitted < 1:
        message = f"this process may open {permitted + FILES_RESERVED} files; a server takes more than {FILES_RESERVED}"
        raise ConfigurationError(message)
    if asked is not None and asked > permitted:
        message = (
            f"connections_max is {asked:,}; this process may open {permitted:,} "
            "(the hard limit on open files: ulimit -Hn)"
        )
        raise ConfigurationError(message)
    return permitted if asked is None else asked


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that never blocks. Raises ConfigurationError where the address is taken or foreign."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error.strerror or error}"
        raise ConfigurationError(message) from error
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket) -> str:
    """`127.0.0.1:PORT` or `[::1]:PORT`."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
