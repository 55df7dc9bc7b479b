"""What a delivered message costs the server, and what an idle connection keeps.

    python scripts/relay_cost.py                      # acknowledged, one in flight, 1,000 clients
    python scripts/relay_cost.py --window 10 --unacknowledged
    python scripts/relay_cost.py --fire-and-forget
    python scripts/relay_cost.py --idle 10000 --tls

The server is a process of its own, pinned to the first processor, unless it has a store, whose thread takes another;
the clients are one epoll loop, pinned to the second. Every client sends 200-byte messages to random others, and the
next one when the verdict on an earlier one has come. Acknowledged means what a real client does: each act has its
verdict, and recipients acknowledge every copy, on their next act or after 16 copies or 200 ms. Unacknowledged:
recipients never do, so the copies stay in the mailboxes; verdicts come all the same. Fire and forget: the acts are
quiet, so none has a verdict; whoever receives a copy sends the next message instead, and recipients acknowledge as
real ones do.

Processor time is that of the whole server process (/proc/PID/stat), per copy that reached its recipient.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import trustme

from chatsim.device import ACKNOWLEDGE_AFTER
from chatsim.model import Enforcement
from chatsim.policy.presets import resolve
from chatsim.relay.roster import OpenRoster
from chatsim.server.command import run
from chatsim.server.options import ServeOptions, ShellKind
from chatsim.server.tls import TlsFiles
from chatsim.store.location import parse_store
from chatsim.wire.fields import VERSION
from chatsim.wire.framing import LENGTHS
from chatsim.wire.kinds import ACKNOWLEDGE, ACT, COPY, DECIDED, HELLO, QUIET_ACT

BODY = bytes(200)
ACKNOWLEDGE_SECONDS = 0.2
LENGTH = struct.Struct(">I")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
CONNECTIONS_PER_ADDRESS = 20_000
"""Fewer than one address has ports."""


def frame(header: tuple[object, ...], body: bytes = b"") -> bytes:
    packed: bytes = msgpack.packb(header)
    return LENGTHS.pack(2 + len(packed) + len(body), len(packed)) + packed + body


class Client:
    """One device: what it counts, and what it has sent."""

    __slots__ = ("acknowledged", "counter", "peer", "received", "rest", "user")

    def __init__(self, user: int, peer: socket.socket) -> None:
        self.user = user
        self.peer = peer
        self.counter = self.received = self.acknowledged = 0
        self.rest = b""

    def kinds(self) -> Iterator[int]:
        """The kind of every whole frame that came."""
        try:
            data = self.rest + self.peer.recv(65_536)
        except BlockingIOError:
            return
        start, size = 0, len(data)
        while size - start >= 4:
            end = start + 4 + LENGTH.unpack_from(data, start)[0]
            if end > size:
                break
            yield data[start + 7]  # after both lengths and the array's own byte
            start = end
        self.rest = data[start:]


class Load:
    """Clients that keep their windows full."""

    def __init__(self, clients: list[Client], arguments: argparse.Namespace) -> None:
        self._clients = clients
        self._acknowledge = not arguments.unacknowledged
        self._quiet = arguments.fire_and_forget
        self._random = random.Random(arguments.seed)  # noqa: S311 - whom a message goes to is no secret
        self._epoll = select.epoll()
        self._by_file = {client.peer.fileno(): client for client in clients}
        self.delivered = self.decided = 0
        for number in self._by_file:
            self._epoll.register(number, select.EPOLLIN)
        for client in clients:
            self._act(client, arguments.window)

    def run(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        due = time.perf_counter() + ACKNOWLEDGE_SECONDS
        while (now := time.perf_counter()) < end:
            for number, _ in self._epoll.poll(0.05):
                self._serve(self._by_file[number])
            if now >= due and self._acknowledge:
                due = now + ACKNOWLEDGE_SECONDS
                for client in self._clients:
                    if client.received > client.acknowledged:
                        self._send(client, self._acknowledgement(client))

    def _serve(self, client: Client) -> None:
        before, decided = client.received, 0
        for kind in client.kinds():
            if kind == COPY:
                client.received += 1
                self.delivered += 1
            elif kind == DECIDED:
                decided += 1
            else:
                sys.exit(f"the server said something else than copies and verdicts ({kind})")
        self.decided += decided
        turns = client.received - before if self._quiet else decided
        if turns:
            self._act(client, turns)
        elif self._acknowledge and client.received - client.acknowledged >= ACKNOWLEDGE_AFTER:
            self._send(client, self._acknowledgement(client))

    def _act(self, client: Client, count: int) -> None:
        frames = []
        for _ in range(count):
            to = self._random.randrange(len(self._clients) - 1)
            client.counter += 1
            if self._acknowledge:
                client.acknowledged = client.received
            chat = to + (to >= client.user)
            about = (chat,), None, None
            if self._quiet:
                frames.append(frame((QUIET_ACT, client.acknowledged, *about), BODY))
            else:
                frames.append(frame((ACT, client.acknowledged, client.counter, *about), BODY))
        self._send(client, b"".join(frames))

    def _acknowledgement(self, client: Client) -> bytes:
        client.acknowledged = client.received
        return frame((ACKNOWLEDGE, client.received))

    def _send(self, client: Client, data: bytes) -> None:
        sent = client.peer.send(data)
        assert sent == len(data), "a window fits every socket's buffer"


class Server:
    """A server of one's own, pinned to the first processor."""

    def __init__(self, arguments: argparse.Namespace, users: int, folder: Path) -> None:
        self._authority = trustme.CA()
        options = {
            "users": users,
            "policy": arguments.policy,
            "enforcement": arguments.enforcement,
            "shell": arguments.shell,
            "tls": str(folder) if arguments.tls else None,
            "store": f"sqlite:{folder / 'mail.db'}" if arguments.store else "memory",
        }
        if arguments.tls:
            certificate = self._authority.issue_cert("127.0.0.1")
            chain = b"".join(one.bytes() for one in certificate.cert_chain_pems)
            (folder / "server.pem").write_bytes(chain)
            (folder / "server.key").write_bytes(certificate.private_key_pem.bytes())
        self._tls = arguments.tls
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        address = json.loads(self.process.stdout.readline())["address"]
        self._port = int(address.rpartition(":")[2])

    def connect(self, number: int, context: ssl.SSLContext | None) -> socket.socket:
        source = f"127.0.0.{2 + number // CONNECTIONS_PER_ADDRESS}"
        peer = socket.create_connection(("127.0.0.1", self._port), 30, (source, 0))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            peer = context.wrap_socket(peer, server_hostname="127.0.0.1")
        return peer

    def log_in(self, count: int) -> list[Client]:
        """Clients that the server has welcomed."""
        context = None
        if self._tls:
            context = ssl.create_default_context()
            self._authority.configure_trust(context)
        clients = []
        for user in range(count):
            client = Client(user, self.connect(user, context))
            client.peer.sendall(frame((HELLO, VERSION, user, 0, None)))
            assert client.peer.recv(4_096)
            client.peer.setblocking(False)
            clients.append(client)
        return clients

    def cpu_seconds(self) -> tuple[float, float]:
        """(all, those in the kernel) since it began."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, kernel = int(fields[11]) / TICKS_A_SECOND, int(fields[12]) / TICKS_A_SECOND
        return user + kernel, kernel

    def memory_bytes(self) -> int:
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * PAGE_BYTES

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


def serve(text: str) -> int:
    """The server's side of this script."""
    given: dict[str, Any] = json.loads(text)
    folder = given["tls"] and Path(given["tls"])
    options = ServeOptions(
        roster=OpenRoster(given["users"]),
        policy=resolve(given["policy"]),
        enforcement=Enforcement(given["enforcement"]),
        shell=ShellKind(given["shell"]),
        tls=TlsFiles(folder / "server.pem", folder / "server.key") if folder else None,
        store=parse_store(given["store"]),
    )
    if options.store is None:
        pin(0)
    return run(options)


def pin(processor: int) -> None:
    permitted = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {permitted[processor % len(permitted)]})


def cost(server: Server, arguments: argparse.Namespace) -> dict[str, float]:
    """Microseconds of the server per delivered message."""
    clients = server.log_in(arguments.clients)
    load = Load(clients, arguments)
    load.run(arguments.warm_up)
    before, delivered = server.cpu_seconds(), load.delivered
    start, own = time.perf_counter(), time.process_time()
    load.run(arguments.seconds)
    seconds, own = time.perf_counter() - start, time.process_time() - own
    cpu, kernel = (now - then for now, then in zip(server.cpu_seconds(), before, strict=True))
    count = load.delivered - delivered
    return {
        "cpu_us_per_message": round(cpu / count * 1e6, 2),
        "kernel_us_per_message": round(kernel / count * 1e6, 2),
        "messages_per_second": round(count / seconds),
        "server_busy": round(cpu / seconds, 2),
        "generator_busy": round(own / seconds, 2),
    }


def idle(server: Server, count: int) -> dict[str, float]:
    """KB of the server per connection that is logged in and silent."""
    server.log_in(1)
    before = server.memory_bytes()
    clients = server.log_in(count)
    kilobytes = (server.memory_bytes() - before) / count / 1024
    assert len(clients) == count
    return {"connections": count, "kb_per_connection": round(kilobytes, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--window", type=int, default=1, help="messages in flight per client")
    parser.add_argument("--unacknowledged", action="store_true", help="recipients acknowledge none")
    parser.add_argument("--fire-and-forget", action="store_true", help="no verdicts")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--policy", default="whatsapp-latest")
    parser.add_argument("--enforcement", choices=list(Enforcement), default=Enforcement.CLEAR)
    parser.add_argument("--shell", choices=list(ShellKind), default=ShellKind.REACTOR)
    parser.add_argument("--tls", action="store_true", help="with --idle")
    parser.add_argument("--store", action="store_true", help="mail is kept on disk")
    parser.add_argument("--idle", type=int, metavar="N", help="measure N silent connections")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(arguments, arguments.idle or arguments.clients, Path(folder))
        pin(1)
        try:
            found = idle(server, arguments.idle) if arguments.idle else cost(server, arguments)
        finally:
            server.stop()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
