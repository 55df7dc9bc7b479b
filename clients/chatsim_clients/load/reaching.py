"""Whether a server is there: what one more connection to it says."""

from __future__ import annotations

import socket
import ssl

from attrs import define

SECONDS = 5.0
"""For a connection."""
GONE_SECONDS = 5.0
"""A server that is started again may take so long."""


@define(eq=False)
class Absence:
    """How long nobody has had a session, and whether the server is gone for good."""

    address: tuple[str, int]
    since: float | None = None
    """None while somebody has a session."""

    def note(self, sessions: int, now: float) -> None:
        """So many have a session now."""
        if sessions:
            self.since = None
        elif self.since is None:
            self.since = now

    def reason(self, now: float, patience: float | None = None) -> str:
        """A clause where nobody has had a session for so long and no connection can be made; otherwise empty."""
        patience = GONE_SECONDS if patience is None else patience
        if self.since is None or now - self.since < patience:
            return ""
        why = _why_unreachable(self.address)
        if not why:
            self.since = now
            return ""
        host, port = self.address
        return f"the server was lost: nobody has a session any more at {host} port {port} ({why})"


def _why_unreachable(address: tuple[str, int]) -> str:
    try:
        socket.create_connection(address, SECONDS).close()
    except OSError as error:
        return error.strerror or "it does not answer"
    return ""


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
