"""What the process of a server says when it starts."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import pytest

from chatsim.relay.admission import Tokens
from chatsim.server import command
from chatsim.server.command import log_start
from chatsim.server.logs import Log, LogFormat
from chatsim.server.options import ServeOptions
from chatsim.server.server import Serving
from chatsim.server.tls import TlsFiles
from chatsim.store.location import parse_store
from tests.serving import ROSTER, UNCAPPED, Workbench

TLS = TlsFiles(Path("chain.pem"), Path("key.pem"))


@pytest.mark.parametrize(
    ("given", "dangers"),
    [
        ({}, []),
        ({"host": "0.0.0.0", "admission": Tokens({}), "tls": TLS}, []),
        ({"host": "0.0.0.0", "admission": Tokens({})}, ["without TLS"]),
        ({"store": parse_store("sqlite:mail.db")}, []),
        ({"store": parse_store("sqlite:mail.db?sync=normal")}, ["sync=normal"]),
    ],
)
async def test_a_danger_that_was_accepted_is_in_the_log(workbench: Workbench, given, dangers):
    await workbench.start()
    file = io.StringIO()
    options = ServeOptions(ROSTER, UNCAPPED, **given)
    serving = Serving("127.0.0.1:1", 10, lambda: None, lambda: None, workbench.exchange)
    log_start(options, serving, Log(file, LogFormat.JSON))
    started, *warned = [json.loads(line) for line in file.getvalue().splitlines()]
    assert (started["event"], started["policy"]) == ("server_started", "uncapped")
    assert (started["enforcement"], started["traceability"]) == ("clear", "none")
    assert started["e2ee"] is False
    assert [line["level"] for line in warned] == ["warning"] * len(dangers)
    for line, danger in zip(warned, dangers, strict=True):
        assert danger in line["text"]


def test_a_signal_at_the_very_end_waits_for_the_last_line(monkeypatch):
    happened = []

    def printed(line):
        os.kill(
            os.getpid(), signal.SIGTERM
        )  # the first one stops the server, the second one comes late
        happened.append("carried" if "carried" in line else "address")

    monkeypatch.setattr(command, "_print_line", printed)
    former = signal.signal(signal.SIGTERM, lambda *_: happened.append("signalled"))
    try:
        assert command.run(ServeOptions(ROSTER, UNCAPPED)) == 0
    finally:
        signal.signal(signal.SIGTERM, former)
    assert happened == ["address", "carried", "signalled"]
