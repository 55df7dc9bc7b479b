"""The servers that a load is put on, how each is configured, and what each guarantees.

None of them is the system's service; none keeps anything on disk, asks for a password or encrypts.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from broker_chatsim import Chatsim
from broker_processes import Broker, Command
from broker_protocols import Mqtt, Nats, Redis, Xmpp

USERS = 100_000
"""Of chatsim."""


def _program(broker: str) -> str:
    path = next(each for each in BROKERS if each.name == broker).path()
    assert path is not None
    return path


def _redis(folder: Path, port: int) -> Command:
    settings = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "save": "",
        "appendonly": "no",
        "maxclients": 20_000,
        "daemonize": "no",
    }
    words = [f"--{name} {value}".split(" ", 1) for name, value in settings.items()]
    return Command((_program("redis"), *(word for pair in words for word in pair)))


def _mosquitto(folder: Path, port: int) -> Command:
    file = folder / "mosquitto.conf"
    file.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        "set_tcp_nodelay true\nlog_type error\n"
    )
    return Command((_program("mosquitto"), "-c", str(file)))


def _nats(_: Path, port: int) -> Command:
    return Command((_program("nats-server"), "-a", "127.0.0.1", "-p", str(port)))


EJABBERD = """\
hosts: [localhost]
loglevel: warning
auth_method: anonymous
anonymous_protocol: sasl_anon
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 1024
    access: all
    shaper: none
modules:
  mod_stream_mgmt: {{}}
{modules}"""
USUAL_MODULES = (
    "adhoc",
    "blocking",
    "caps",
    "carboncopy",
    "client_state",
    "disco",
    "last",
    "offline",
    "ping",
    "privacy",
    "private",
    "roster",
    "vcard",
)
"""Of Debian's configuration: those that see messages or presences and need nothing beyond themselves."""


def _usual_ejabberd(folder: Path, port: int) -> Command:
    return _ejabberd(folder, port, USUAL_MODULES)


def _ejabberd(folder: Path, port: int, modules: Sequence[str] = ()) -> Command:
    file = folder / "ejabberd.yml"
    lines = "".join(f"  mod_{module}: {{}}\n" for module in modules)
    file.write_text(EJABBERD.format(port=port, modules=lines))
    environment = {
        "EJABBERD_CONFIG_PATH": str(file),
        "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
        "ERL_CRASH_DUMP": str(folder / "crash.dump"),
        "ERL_LIBS": os.environ.get("ERL_LIBS", "/usr/lib/x86_64-linux-gnu"),
        "HOME": str(folder),
    }
    erl = shutil.which("erl") or "erl"
    # As ejabberdctl starts it, without a node name: it is no cluster, and nobody else's epmd is needed.
    options = ("+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{folder}/spool"')
    return Command((erl, *options, "-s", "ejabberd"), environment)


PROSODY = """\
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_require_encryption = false
network_settings = {{ tcp_backlog = 1024 }}
modules_enabled = {{ "saslauth", "smacks" }}
modules_disabled = {{ "s2s", "offline", "tls" }}
storage = "none"
log = {{ warn = "{folder}/prosody.log" }}
VirtualHost "localhost"
    authentication = "anonymous"
"""


def _prosody(folder: Path, port: int) -> Command:
    file = folder / "prosody.cfg.lua"
    file.write_text(PROSODY.format(folder=folder, port=port))
    return Command((_program("prosody"), "-F", "--config", str(file)))


def chatsim_command(port: int, *options: str) -> Command:
    """`chatsim serve` of this checkout, whoever logs in."""
    words = ("-m", "chatsim", "serve", "--port", str(port), "--users", str(USERS))
    return Command((sys.executable, *words, "--insecure-dev", *options), _checkout())


def _checkout() -> dict[str, str]:
    root = Path(__file__).parent.parent
    paths = (str(root), str(root / "clients"), os.environ.get("PYTHONPATH", ""))
    return {"PYTHONPATH": ":".join(path for path in paths if path)}


STAMPED = "in order, caps enforced and labels set"
CHATSIM_FIRE = (
    f"from the relay on exactly once per device, {STAMPED}; only a refusal is answered; a recipient acknowledges with its "
    "next act, or every 16 copies"
)
CHATSIM_ACKNOWLEDGED = (
    f"exactly once per device, {STAMPED}; the sender waits for the verdict, a recipient acknowledges at once; what is "
    "not acknowledged waits in the mailbox and comes again"
)
MANAGED = (
    "at least once within a session that is resumed; the server acknowledges to the sender that it took the message, "
    "the recipient acknowledges to the server (XEP-0198, both asked for each message)"
)

BROKERS = (
    Broker(
        "chatsim",
        sys.executable,
        Chatsim,
        lambda _, port: chatsim_command(port, "--shell", "reactor"),
        CHATSIM_FIRE,
        CHATSIM_ACKNOWLEDGED,
    ),
    Broker(
        "chatsim, portable",
        sys.executable,
        Chatsim,
        lambda _, port: chatsim_command(port, "--shell", "portable"),
        CHATSIM_FIRE,
        CHATSIM_ACKNOWLEDGED,
    ),
    Broker(
        "redis",
        "redis-server",
        Redis,
        _redis,
        "at most once: who is absent or too slow loses it; the sender is told how many were there",
    ),
    Broker(
        "mosquitto",
        "mosquitto",
        Mqtt,
        _mosquitto,
        "at most once (QoS 0)",
        "at least once (QoS 1): the broker acknowledges to the sender that it has the message, the recipient "
        "acknowledges to the broker; in order per sender",
        ("-h",),
    ),
    Broker(
        "nats-server",
        "nats-server",
        Nats,
        _nats,
        "at most once (core NATS): who is absent or too slow loses it",
    ),
    Broker(
        "ejabberd",
        "ejabberdctl",
        Xmpp,
        _ejabberd,
        "at most once, in order; anonymous users, no offline storage",
        MANAGED,
        (),
    ),
    Broker(
        "ejabberd, usual modules",
        "ejabberdctl",
        Xmpp,
        _usual_ejabberd,
        "as ejabberd; privacy lists, carbons and rosters are looked at",
        "as ejabberd; privacy lists, carbons and rosters are looked at",
        (),
    ),
    Broker(
        "prosody",
        "prosody",
        Xmpp,
        _prosody,
        "at most once, in order; anonymous users, no offline storage",
        MANAGED,
        (),
    ),
)
