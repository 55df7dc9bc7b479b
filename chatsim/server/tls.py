"""TLS as a transform of bytes between a socket and the frames, so that any shell can use it without waiting."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from chatsim.errors import ConfigurationError, RemoteProtocolError

HANDSHAKE_RECORD = 0x16
"""The first byte of every TLS connection, and never that of a frame that is accepted before login."""
READ_BYTES = 64 * 1024


@frozen
class TlsFiles:
    """Where a server's certificate chain and its private key are, both as PEM."""

    certificate: Path
    key: Path


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """What every connection of a server shares. Raises ConfigurationError for files that will not do.

    No session tickets: a device logs in anew anyway, and each ticket costs memory and a record.
    """
    for path in (files.certificate, files.key):
        try:
            path.open("rb").close()
        except OSError as error:
            message = f"cannot read {path}: {error.strerror or error}"
            raise ConfigurationError(message) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        message = (
            f"{files.certificate} and {files.key} are no certificate with its key ({reason}); "
            "both take PEM, and the key no password"
        )
        raise ConfigurationError(message) from error
    return context


def _no_password() -> str:
    raise ValueError("the key wants a password")


class Tls:
    """One connection's TLS, from the server's side."""

    __slots__ = ("_early", "_incoming", "_object", "_outgoing", "begun", "ended", "greeted")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._early: list[bytes] | None = None
        """What was to be sent before the handshake was over."""
        self.begun = False
        """The peer has said something."""
        self.greeted = False
        """The handshake is over."""
        self.ended = False
        """The peer has said that it sends no more."""

    @staticmethod
    def is_spoken(first: bytes) -> bool:
        """Whether a connection that starts with these bytes speaks TLS."""
        return first[0] == HANDSHAKE_RECORD

    def decrypt(self, data: bytes) -> bytes:
        """The bytes that `data` brings; none during the handshake. Raises RemoteProtocolError.

        There may be something to `take` afterwards, also after an error: the alert that says why.
        """
        self.begun = True
        self._incoming.write(data)
        try:
            if not self.greeted and not self._greet():
                return b""
            return self._read()
        except ssl.SSLError as error:
            message = f"broken TLS: {error.reason or 'no reason given'}"
            raise RemoteProtocolError(message) from None

    def _greet(self) -> bool:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.greeted = True
        early, self._early = self._early, None
        if early:
            self._object.write(b"".join(early))
        return True

    def _read(self) -> bytes:
        read = self._object.read
        pieces = []
        try:
            while self._incoming.pending or self._object.pending():
                piece = read(READ_BYTES)
                if not piece:
                    self.ended = True
                    break
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass  # the rest of a record is on its way
        except ssl.SSLZeroReturnError:
            self.ended = True
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def encrypt(self, data: bytes) -> None:
        """Make records of `data`; they are taken with `take`."""
        if self.greeted:
            self._object.write(data)
        elif self._early is None:
            self._early = [data]
        else:
            self._early.append(data)

    def say_end(self) -> None:
        """Tell the peer that nothing follows (close_notify)."""
        with suppress(ssl.SSLError):  # it is written; the peer's own is not waited for
            self._object.unwrap()

    def take(self) -> bytes:
        """What has to leave through the socket now."""
        return self._outgoing.read() if self._outgoing.pending else b""
