"""What `chatsim serve --help` says around its options."""

from __future__ import annotations

from typing import Final

GROUPS: Final = {
    "Who is served, by which rules": (
        "users",
        "population",
        "policy_name",
        "enforcement",
        "traceability",
        "e2ee",
        "refill",
    ),
    "Who may log in": ("tokens", "insecure_dev"),
    "Where it listens": (
        "host",
        "port",
        "tls_certificate",
        "tls_key",
        "connections_max",
        "idle",
        "shell",
    ),
    "The clock": ("clock", "scale", "drivers"),
    "The mail": ("store", "mailbox_max", "per_sender_max", "copies_per_act_max", "expiry"),
    "Operations": ("metrics", "admin", "log_format", "log_level"),
}

CLOCKS: Final = """\
A clock decides what "15 seconds" means to a cap and "30 days" to mail, never how long a login may take.

\b
real    a tick is a second
scaled  SCALE ticks a second: at 3600 an hour takes a second
driven  a driver moves the clock when every copy of a tick has been
        delivered; it must know the secret that this process finds in the
        environment variable CHATSIM_DRIVE_SECRET, and a login needs
        nothing. A driven server stops when its last driver leaves.
"""

ENFORCEMENTS: Final = """\
Who counts how often a text was forwarded, and so who can hold a cap:

\b
client   people's apps, in the bodies; the relay refuses nothing for it
clear    the relay, by a record of every act: who sent what to whom
receipt  the relay, by permits that it hands out with copies and knows
         again when they come back; it keeps no record, reads no body,
         and decides as clear does. What is used of a cap lies under keyed
         hashes. Whoever logs what passes still sees each cascade, and
         pasting a text as new is a new start. Clients have to be told:
         scripts by connect(..., enforcement=Enforcement.RECEIPT), chatsim
         load by --enforcement receipt.
blind    the relay, by tokens that it makes without seeing them: it cannot
         tell which copy is forwarded. Simulation only, unreviewed; not
         for products. Takes no policy with cap_person, cap_total,
         breaker, takedown or a cap of more than 25 chats, and the extra
         e2ee. Scripts are told by connect(...,
         enforcement=Enforcement.BLIND); chatsim load does not speak to it.
"""

MAIL: Final = """\
An act is answered when its copies are in the mailboxes, and a copy stays there until the device has acknowledged it,
whatever happens to connections: a device that logs in again gets what it has not acknowledged, once and in order. In a
group a full mailbox drops only that member's copy, counted and not told; to a contact with a full mailbox an act is
refused.

\b
memory                   mail ends with the server
sqlite:PATH              nothing leaves the server before it is on the
                         disk: after a crash or a power cut every
                         answered act, every cap used and every verdict is
                         as it was. A disk that fails stops the server.
sqlite:PATH?sync=normal  faster; a power cut may take the last acts that
                         were answered, a crash of the server takes none

What was acknowledged is gone from the store's files at the latest a minute later.
"""

FILES: Final = """\
\b
--tokens    a line `USER SHA256` for each user, users rising; made by
            `chatsim tokens`
--policy    a TOML file; `chatsim policies show NAME` lists a preset's rules
--tls-...   PEM: the certificate with its chain, and its key without a
            password
--store     an SQLite database, to which PATH-wal belongs; one
            server at a time
--admin     a unix socket of mode 0600, gone when the server stops; what a
            server that died left there is replaced
"""

OUTPUT: Final = """\
Standard output has two lines of JSON for programs, the first as soon as connections are taken:

\b
{"address": "127.0.0.1:7474", "pid": 4711, "wire": 1}
{"carried": {"copies": ..., "cpu_seconds": ..., ...}}

With --metrics and --admin the first says where those are. Standard error has the log: events that name no users and
say nothing of what was sent, at most 20 lines of one event in 10 seconds. What peers do is counted and said once in 10
seconds.

\b
http://127.0.0.1:PORT/metrics   for Prometheus
http://127.0.0.1:PORT/health    200 while the process lives
http://127.0.0.1:PORT/ready     200 while it takes connections, else 503
"""

SIGNALS: Final = """\
\b
SIGTERM, SIGINT  take nothing more, send what is written, then stop; a
                 second one stops at once, and mail stays in its mailboxes
SIGHUP           read the file of --policy again; one that cannot be used
                 leaves the former policy, and the log says why. Ends the
                 process where --policy is no file.
"""

STATUS: Final = """\
\b
0  stopped as asked
1  the server could not go on: the last line of standard error says why
2  an option cannot be used
"""

EXAMPLES: Final = """\
\b
A server for experiments, that this machine alone reaches:
  chatsim serve --users 50 --policy cap-5 --insecure-dev
People and groups of a scenario, an hour in a second:
  chatsim serve --population default --clock scaled --insecure-dev
For others, with metrics, and a policy that can be changed:
  chatsim tokens --users 1000 --out tokens
  chatsim serve --users 1000 --tokens tokens.sha256 --host 0.0.0.0 \\
    --tls-certificate chain.pem --tls-key key.pem \\
    --store sqlite:mail.db --metrics 9100 --admin /run/chatsim.sock --log-format json
  chatsim admin /run/chatsim.sock policy whatsapp-2018-07
"""

SECTIONS: Final = {
    "Who counts": ENFORCEMENTS,
    "Clocks": CLOCKS,
    "Mail": MAIL,
    "Files": FILES,
    "Output": OUTPUT,
    "Signals": SIGNALS,
    "Exit status": STATUS,
    "Examples": EXAMPLES,
}
