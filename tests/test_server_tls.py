"""TLS between sockets and frames: whoever does not speak it, or badly, meets an orderly end."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest
import trio
import trustme

from chatsim.errors import ConfigurationError, RemoteProtocolError
from chatsim.server.options import ShellKind
from chatsim.server.tls import Tls, TlsFiles, server_context
from chatsim.wire.messages import Act, Copy, Hello
from tests.serving import Kind, Peer, Running, frame, people_are_served


@pytest.fixture
async def tls_server(nursery, shell: ShellKind, certificates) -> Running:
    server = Running(nursery, Kind(shell, certificates))
    await server.start()
    return server


async def test_a_plain_client_on_a_tls_port_is_told_so(tls_server):
    plain = Peer(await trio.open_tcp_stream("127.0.0.1", tls_server.port))
    await plain.say(Hello(0, 0))
    assert await plain.refusal() == "this port speaks TLS, and this connection does not"
    await people_are_served(tls_server)
    assert tls_server.ended_by["breach"] == 1


async def test_a_tls_client_on_a_plain_port_meets_an_orderly_end(plain_server, certificates):
    await plain_server.start()
    stream = await trio.open_tcp_stream("127.0.0.1", plain_server.port)
    tls = trio.SSLStream(stream, certificates.client, server_hostname="127.0.0.1")
    with pytest.raises(trio.BrokenResourceError):
        await tls.do_handshake()
    await trio.aclose_forcefully(tls)
    await people_are_served(plain_server)
    assert plain_server.ended_by["breach"] == 1


async def test_a_client_that_does_not_believe_the_certificate_disturbs_nobody(tls_server):
    stream = await trio.open_tcp_stream("127.0.0.1", tls_server.port)
    suspicious = trio.SSLStream(stream, ssl.create_default_context(), server_hostname="127.0.0.1")
    with pytest.raises(trio.BrokenResourceError):
        await suspicious.do_handshake()
    await trio.aclose_forcefully(suspicious)
    await people_are_served(tls_server)


async def test_garbage_after_the_handshake_ends_the_session_alone(tls_server):
    raw = await trio.open_tcp_stream("127.0.0.1", tls_server.port)
    tls = trio.SSLStream(raw, tls_server.kind.certificates.client, server_hostname="127.0.0.1")
    await tls.do_handshake()
    await raw.send_all(b"no record of any kind")
    with trio.fail_after(5):
        while await raw.receive_some():
            pass
    assert tls_server.ended_by == {"breach": 1}
    await raw.aclose()
    await people_are_served(tls_server)


async def test_a_goodbye_is_answered_with_one(tls_server):
    peer = await tls_server.logged_in(0)
    with trio.fail_after(5):
        # Without https_compatible this waits for the server's own close_notify.
        await peer.stream.aclose()
    assert tls_server.ended_by == {"lost": 1}


async def test_a_handshake_byte_by_byte_and_frames_across_records_arrive_whole(tls_server):
    raw = await trio.open_tcp_stream("127.0.0.1", tls_server.port)
    tls = trio.SSLStream(
        ByteByByte(raw), tls_server.kind.certificates.client, server_hostname="127.0.0.1"
    )
    peer = Peer(tls)
    for byte in frame(Hello(0, 0)):
        await tls.send_all(bytes([byte]))
    await peer.hear()
    await peer.say(Act(0, 1, (1,)), bytes(100))
    await peer.hear()
    async with tls_server.chat(1) as other:
        assert isinstance(copy := await anext(other), Copy)
        assert copy.body == bytes(100)
    await peer.gone()


class ByteByByte(trio.abc.HalfCloseableStream):
    """A stream whose every byte is a packet."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream

    async def send_all(self, data) -> None:
        for byte in bytes(data):
            await self._stream.send_all(bytes([byte]))

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes=None) -> bytes:
        return await self._stream.receive_some(1)

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()


# Without sockets.


def test_what_is_sent_before_the_handshake_leaves_after_it(certificates):
    server = Tls(server_context(certificates.files))
    server.encrypt(b"early")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = certificates.client.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    for _ in range(3):
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        assert server.decrypt(outgoing.read()) == b""
        incoming.write(server.take())
    assert server.greeted
    assert client.read(100) == b"early"


def test_what_is_no_tls_is_a_breach(certificates):
    server = Tls(server_context(certificates.files))
    with pytest.raises(RemoteProtocolError, match="broken TLS"):
        server.decrypt(b"\x16\x03\x01\x00\x05hello")
    assert server.take() != b""  # the alert


# Certificates.


def test_a_certificate_that_is_not_there_gives_one_sentence(tmp_path, certificates):
    files = TlsFiles(tmp_path / "none.pem", certificates.files.key)
    with pytest.raises(ConfigurationError, match=r"cannot read .*none\.pem: No such file"):
        server_context(files)


def test_a_key_of_another_certificate_gives_one_sentence(tmp_path, certificates):
    other = tmp_path / "other.key"
    trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(other)
    with pytest.raises(ConfigurationError, match=r"other\.key are no certificate with its key"):
        server_context(TlsFiles(certificates.files.certificate, other))


def test_a_file_that_is_no_pem_gives_one_sentence(tmp_path, certificates):
    text = tmp_path / "text.pem"
    text.write_text("hello")
    with pytest.raises(ConfigurationError, match="both take PEM"):
        server_context(TlsFiles(text, certificates.files.key))
