"""What the process of a server says when it starts."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from chatsim.relay.admission import Tokens
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
