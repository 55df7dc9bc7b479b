"""A trio client for scripts.

    async with connect("127.0.0.1", 7474, user=7) as chat:
        await chat.send("hello", to=[8, group(3)])
        async for copy in chat:
            verdict = await chat.forward(copy, to=[9, 10])

A refusal is a value: `send` and `forward` return the relay's verdict. An error means that the session is over.

A copy counts as received when the script takes it; what was not taken when a connection broke comes again on the next
one, and nothing else does. So a script that keeps the device goes on where it was:

    async with connect("127.0.0.1", 7474, device=chat.device) as chat:
        for counter in chat.resent:
            verdict = await chat.verdict_on(counter)

Acts whose verdicts were outstanding are sent again, with their old numbers and so without a duplicate: a script does
not send them anew. Acknowledgements are cumulative and ride on the next act, or go after 16 copies or 200 ms.

Whoever sends may ask for notices, `chat.send("hello", to=[8], notices=DELIVERED | READ)`, and hears of them in
`chat.notices`: that of a delivery is sent when the recipient takes the copy, that of a reading by `chat.read(copy)`.

At a server of receipts a session is told so, `connect(..., enforcement=Enforcement.RECEIPT)`: it commits to what it
sends, brings permits back with what it forwards, and gives out only copies whose text is the one committed to.

At one of blind tokens (`Enforcement.BLIND`: simulation only, unreviewed; not for products) it asks for tokens whenever
it takes a copy, which shows nothing, and pays with them when it forwards that copy. They lie in `chat.device.purse`,
which counts the answers that prove nothing (`unproven`), and outlive the session with the device.

`await chat.complain(copy)` complains about a copy; its verdict says whether anybody hears complaints.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from chatsim.chat import Chat
from chatsim.device import Device
from chatsim.envelopes import Envelopes
from chatsim.errors import RunError, lacks_extra
from chatsim.model import Enforcement, NoticeKind, chat_of_group
from chatsim.provenance.halves import ClientHalf
from chatsim.provenance.untraced import Untraced
from chatsim.wire.messages import Copy, Notice, Presence

if TYPE_CHECKING:  # they need an extra, which a script without keys and tokens does not
    from chatsim.chat.paying import Payer
    from chatsim.sealing.keyring import Keyring

__all__ = [
    "DELIVERED",
    "READ",
    "Chat",
    "Copy",
    "Enforcement",
    "Notice",
    "Presence",
    "connect",
    "converse",
    "group",
]

DELIVERED, READ = NoticeKind.DELIVERED, NoticeKind.READ
TOKENS_AHEAD = 5
"""As many as the common caps allow chats in one action (`whatsapp-2019-01` and after)."""

group = chat_of_group


@asynccontextmanager
async def connect(
    host: str,
    port: int,
    *,
    user: int | None = None,
    device: Device | None = None,
    token: bytes | None = None,
    keyring: Keyring | None = None,
    enforcement: Enforcement = Enforcement.CLEAR,
    tracing: ClientHalf = Untraced(),
    tokens_ahead: int = TOKENS_AHEAD,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Chat]:
    """A session as `user`, or as a `device` that goes on where its last session broke.

    With a `keyring` (chatsim.sealing) bodies are sealed and opened, and only those that open arrive. `enforcement` is
    the server's: under `receipt` bodies have a secret in front, and `chat.text(copy)` says what people see. `tracing`
    is what `provenance.modes.client_of` makes of the server's traceability and of the `public` value in its first line.
    `tokens_ahead`: under `blind`, for how many chats to ask for tokens when a copy is taken, 0 to 25.

    `tls` is for a server that speaks TLS, such as ssl.create_default_context(). Raises RunError where nobody listens,
    the certificate is not trusted, or the server refuses the login; ConfigurationError for what cannot be used, such as
    `blind` without the extra `e2ee`.
    """
    if (user is None) is (device is None):
        raise TypeError("connect takes a user or a device, and not both")
    _payers(enforcement)  # what is not installed is no reason to call anybody
    stream: trio.abc.Stream
    try:
        stream = await trio.open_tcp_stream(host, port)
    except OSError as error:
        raise RunError(f"nobody serves at {host} port {port}: {error}") from error
    if tls is not None:
        stream = await _secured(stream, tls, host, port)
    async with converse(
        stream,
        user=user,
        device=device,
        token=token,
        keyring=keyring,
        enforcement=enforcement,
        tracing=tracing,
        tokens_ahead=tokens_ahead,
    ) as chat:
        yield chat


@asynccontextmanager
async def converse(
    stream: trio.abc.Stream,
    *,
    user: int | None = None,
    device: Device | None = None,
    token: bytes | None = None,
    keyring: Keyring | None = None,
    enforcement: Enforcement = Enforcement.CLEAR,
    tracing: ClientHalf = Untraced(),
    tokens_ahead: int = TOKENS_AHEAD,
) -> AsyncIterator[Chat]:
    """The same over any stream of bytes."""
    who = Device(0 if user is None else user) if device is None else device
    error: BaseException | None = None
    async with stream:
        payers = _payers(enforcement)
        payer = None if payers is None else payers(who, tokens_ahead)
        chat = Chat(stream, who, Envelopes(enforcement, keyring, who.user, tracing), payer)
        await chat.log_in(token, known=device is not None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chat.run)
            # Kept out of the nursery, which would wrap it into a group that no script expects.
            try:
                yield chat
            except BaseException as raised:  # noqa: BLE001
                error = raised
            await chat.leave()
            nursery.cancel_scope.cancel()
    if error is not None:
        raise error


def _payers(enforcement: Enforcement) -> type[Payer] | None:
    """What pays where forwards take tokens. Raises ConfigurationError where that lacks the extra."""
    if enforcement is not Enforcement.BLIND:
        return None
    try:
        from chatsim.chat.paying import Payer  # noqa: PLC0415 - takes PyNaCl
    except ModuleNotFoundError as error:
        raise lacks_extra("enforcement blind", error) from error
    return Payer


async def _secured(
    stream: trio.abc.Stream, context: ssl.SSLContext, host: str, port: int
) -> trio.abc.Stream:
    secured: trio.SSLStream[trio.abc.Stream] = trio.SSLStream(
        stream, context, server_hostname=host, https_compatible=True
    )
    try:
        await secured.do_handshake()
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        why = error.__cause__ or error
        raise RunError(f"no TLS with the server at {host} port {port}: {why}") from error
    return secured
