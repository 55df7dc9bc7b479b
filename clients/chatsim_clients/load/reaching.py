"""Why nobody could log in: what one more connection to the server says."""

from __future__ import annotations

import socket
import ssl

SECONDS = 5.0


def why_nobody_entered(address: tuple[str, int], *, tls: bool, authority: str | None) -> str:
    """A clause for people: why the server cannot be reached, or what is left where it can."""
    try:
        reached = socket.create_connection(address, SECONDS)
    except OSError as error:
        return error.strerror or "it does not answer"
    with reached:
        if not tls:
            return "it takes connections and no logins; it may want tokens, other tokens, or TLS"
        try:
            context = ssl.create_default_context(cafile=authority)
            context.wrap_socket(reached, server_hostname=address[0]).close()
        except ssl.SSLCertVerificationError as error:
            return f"its certificate is not trusted ({error.verify_message})"
        except OSError:
            return "it does not speak TLS"
    return "it takes connections and no logins; it may want tokens, or other tokens"
