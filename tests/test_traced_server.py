"""Scripts at a real server with traceability: what they report is examined through the admin socket."""

from __future__ import annotations

import json

import pytest
import trio

from chatsim.client import connect
from chatsim.model import ALLOWED, Enforcement, Traceability
from chatsim.provenance.modes import client_of
from tests.test_cli_serve_operated import chatsim, served

MODES = [mode for mode in Traceability if mode is not Traceability.NONE]
USERS = (0, 1, 2)


async def reports(server, mode, enforcement) -> list[bytes]:
    """User 0 begins, 1 passes it on to 2: the evidence of what 1 and 2 got."""
    public = bytes.fromhex(server.start["public"])

    def session(user: int):
        tracing = client_of(mode, public)
        who = {"user": user, "enforcement": enforcement, "tracing": tracing}
        return connect("127.0.0.1", server.port, **who)

    with trio.fail_after(60):
        async with session(0) as one, session(1) as two, session(2) as three:
            assert await one.send("they will close the bridge", to=[1]) == ALLOWED
            copy = await anext(two)
            assert two.text(copy) == b"they will close the bridge"
            assert await two.forward(copy, to=[2]) == ALLOWED
            last = await anext(three)
            assert three.text(last) == b"they will close the bridge"
            assert last.hop == (None if enforcement is Enforcement.CLIENT else 1)
            return [two.evidence(copy), three.evidence(last)]


def examined(server, folder, evidence: bytes):
    return chatsim("admin", "admin", "examine", evidence.hex(), folder=folder)


@pytest.mark.parametrize("mode", MODES)
def test_a_report_says_what_its_mode_promises(mode, tmp_path):
    enforcement = [*Enforcement][MODES.index(mode) % len(Enforcement)]
    options = ["--insecure-dev", "--admin", "admin", "--policy", "uncapped"]
    modes = ["--traceability", mode.value, "--enforcement", enforcement.value]
    with served(tmp_path, *options, *modes) as server:
        assert server.start["traceability"] == mode.value
        first, last = trio.run(reports, server, mode, enforcement)
        answer = examined(server, tmp_path, last)
        if mode is Traceability.TAG_ESCROWED:
            assert answer.returncode == 2
            assert "in escrow" in answer.stderr
            return
        found = json.loads(answer.stdout)["finding"]
        assert found["originator"] == (1 if mode is Traceability.FRANK else 0)
        if mode in {Traceability.TRACEBACK, Traceability.TRACEBACK_SEALED}:
            assert found["path"] == [1, 0]
        assert json.loads(examined(server, tmp_path, first).stdout)["finding"]["originator"] == 0
        nonsense = examined(server, tmp_path, b"\0" * 16)
        assert nonsense.returncode == 0
        assert mode is Traceability.TAG or json.loads(nonsense.stdout) == {"finding": None}
        refused = chatsim("admin", "admin", "examine", "no hex", folder=tmp_path)
        assert refused.returncode == 2
        assert "it takes hexadecimal digits" in refused.stderr


def test_without_traceability_the_first_line_says_nothing_of_it_and_nobody_is_found(tmp_path):
    with served(tmp_path, "--insecure-dev", "--admin", "admin") as server:
        assert "public" not in server.start
        assert json.loads(examined(server, tmp_path, b"any").stdout) == {"finding": None}
