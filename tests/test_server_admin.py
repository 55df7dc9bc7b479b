"""What an operator can ask, and what is answered."""

from __future__ import annotations

import io
import json

import pytest

from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.server.admin import Administrator, Status
from chatsim.server.logs import Log, LogFormat, LogLevel
from chatsim.server.ruling import Ruler, ruling_of
from tests.readings import NOTHING


class FakeServer:
    """Remembers what was done to it."""

    def __init__(self) -> None:
        self.swapped: list[Policy] = []
        self.file = io.StringIO()
        self.log = Log(self.file, LogFormat.JSON)
        self.ruler = Ruler(preset("cap-5"), self.swapped.append)
        self.state = "serving"

    def status(self) -> Status:
        ruling = self.ruler.ruling
        level = self.log.level.value
        return Status(self.state, 1.5, ruling.policy.name, ruling.version, level, NOTHING)

    def drain(self) -> None:
        self.state = "draining"

    def ask(self, line: object) -> dict:
        answer = Administrator(self).answer(json.dumps(line).encode())
        assert answer.endswith(b"\n")
        assert answer.count(b"\n") == 1
        return json.loads(answer)

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.file.getvalue().splitlines()]


def test_status_says_what_is_in_force_and_what_was_carried():
    answer = FakeServer().ask({"do": "status"})
    assert answer.pop("ok") is True
    assert answer["policy"] == "cap-5"
    assert answer["version"] == ruling_of(preset("cap-5")).version
    assert (answer["state"], answer["log_level"]) == ("serving", "info")
    assert answer["readings"]["acts_accepted"] == 0


@pytest.mark.parametrize(
    "policy", ["cap-1", "name = 'one'\n[[tiers]]\nchats = 1\n"], ids=["name", "text"]
)
def test_a_policy_by_name_or_as_text_comes_into_force_and_is_answered_with_its_version(policy):
    server = FakeServer()
    answer = server.ask({"do": "policy", "policy": policy})
    assert answer["ok"]
    assert answer["version"] == ruling_of(preset("cap-1")).version
    assert [one.tiers for one in server.swapped] == [preset("cap-1").tiers]
    assert server.events == ["policy_changed"]


def test_a_policy_that_cannot_be_used_leaves_the_former_and_says_why():
    server = FakeServer()
    answer = server.ask({"do": "policy", "policy": "name = 'x'\nhop_limit = 'soon'\n"})
    assert answer["ok"] is False
    assert "the policy sent: hop_limit is 'soon'" in answer["error"]
    assert server.swapped == []
    assert server.status().policy == "cap-5"
    assert server.events == ["policy_kept", "admin_refused"]


def test_drain_begins_and_is_answered():
    assert FakeServer().ask({"do": "drain"}) == {"ok": True, "state": "draining"}


def test_the_log_says_more_or_less_from_then_on():
    server = FakeServer()
    assert server.ask({"do": "log-level", "level": "debug"}) == {"ok": True, "level": "debug"}
    assert server.log.level is LogLevel.DEBUG
    server.ask({"do": "status"})
    assert server.events == ["log_level_changed", "admin_called"]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ([], "JSON object"),
        ("status", "JSON object"),
        ({}, "do is None; it takes status"),
        ({"do": "dance"}, "do is 'dance'"),
        ({"do": ["status"]}, "do is ['status']"),
        ({"do": "status", "loudly": 1}, "not known: loudly"),
        ({"do": "policy"}, "policy is None"),
        ({"do": "policy", "policy": 5}, "policy is 5"),
        ({"do": "log-level", "level": "loud"}, "level is 'loud'; it takes one of debug"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_sentence(request_, names):
    server = FakeServer()
    answer = server.ask(request_)
    assert answer["ok"] is False
    assert names in answer["error"]
    assert server.events == ["admin_refused"]


@pytest.mark.parametrize("line", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b"NaNa"])
def test_bytes_that_are_no_json_are_one_sentence(line):
    answer = json.loads(Administrator(FakeServer()).answer(line))
    assert answer == {"ok": False, "error": "a request is one line of JSON in UTF-8"}
