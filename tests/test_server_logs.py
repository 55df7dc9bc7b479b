"""The lines of a server: what they may say, for whom, and how many there are."""

from __future__ import annotations

import ast
import io
import json
import logging
from pathlib import Path

import pytest

from chatsim.server.logs import (
    EVENTS,
    INTERVAL_SECONDS,
    LINES_MAX,
    TEXT_MAX,
    ForeignLines,
    Log,
    LogFormat,
    LogLevel,
)

METHODS = {level.value for level in LogLevel}


class Desk:
    """A log in memory and a clock that a test moves."""

    def __init__(self, form: LogFormat = LogFormat.JSON, level: LogLevel = LogLevel.INFO) -> None:
        self.now = 0.0
        self.file = io.StringIO()
        self.log = Log(self.file, form, level, now=lambda: self.now)

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.file.getvalue().splitlines()]


def test_a_line_for_programs_is_one_object_with_its_time_and_level():
    desk = Desk()
    desk.log.warning("sessions_ended", cause="slow", count=3)
    (line,) = desk.lines
    assert line.pop("time").endswith("Z")
    assert line == {"event": "sessions_ended", "level": "warning", "cause": "slow", "count": 3}


def test_a_line_for_people_is_one_line_without_colours_in_a_file():
    desk = Desk(LogFormat.CONSOLE)
    desk.log.info("policy_changed", policy="cap-5", version="ab", former="cd")
    assert desk.file.getvalue().count("\n") == 1
    assert "policy_changed" in desk.file.getvalue()
    assert "policy=cap-5" in desk.file.getvalue()
    assert "\x1b" not in desk.file.getvalue()


@pytest.mark.parametrize("form", LogFormat)
def test_text_from_elsewhere_cannot_begin_a_line_of_its_own_or_go_on_for_ever(form):
    desk = Desk(form)
    desk.log.warning("admin_refused", error="one\ntwo\x1b[2J" + "x" * 1_000_000)
    assert desk.file.getvalue().count("\n") == 1
    assert "\x1b" not in desk.file.getvalue()
    assert len(desk.file.getvalue()) < TEXT_MAX + 200


def test_a_field_that_is_not_listed_is_a_mistake_of_ours_and_never_written():
    desk = Desk()
    with pytest.raises(ValueError, match="user"):
        desk.log.info("sessions_ended", cause="left", user=7)
    with pytest.raises(KeyError):
        desk.log.info("message_sent")
    assert desk.lines == []


def test_lines_below_the_level_are_not_written_and_the_level_can_change():
    desk = Desk(level=LogLevel.WARNING)
    desk.log.info("log_level_changed", level="warning")
    desk.log.level = LogLevel.DEBUG
    desk.log.debug("page_asked", page="/health", status=200)
    assert [line["event"] for line in desk.lines] == ["page_asked"]


def test_a_flood_of_one_event_is_a_bounded_number_of_lines_and_then_a_count():
    desk = Desk()
    for _ in range(1_000):
        desk.log.warning("admin_refused", error="no")
    desk.log.info("log_level_changed", level="info")
    assert len(desk.lines) == LINES_MAX + 1
    desk.now = INTERVAL_SECONDS
    desk.log.warning("admin_refused", error="no")
    left_out, again = desk.lines[LINES_MAX + 1 :]
    assert left_out["event"] == "lines_left_out"
    assert (left_out["of"], left_out["count"]) == ("admin_refused", 1_000 - LINES_MAX)
    assert again["event"] == "admin_refused"


def test_a_disk_that_is_full_costs_the_line_and_nothing_else():
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    Log(Full()).info("log_level_changed", level="info")


def test_what_libraries_say_is_a_bounded_number_of_our_lines():
    desk = Desk()
    library, handler = logging.getLogger("library"), ForeignLines(desk.log)
    library.addHandler(handler)
    library.info("never mind")
    for _ in range(100):
        library.error("accept returned %s", "EMFILE", exc_info=OSError())
    library.removeHandler(handler)
    assert len(desk.lines) == LINES_MAX
    assert desk.lines[0]["text"] == "accept returned EMFILE"


def calls(source: Path):
    """(event, fields) of every line that a module writes."""
    for node in ast.walk(ast.parse(source.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and ast.unparse(node.func.value).rpartition(".")[2] in {"log", "_log", "_logger"}
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value, {keyword.arg for keyword in node.keywords}


def test_every_line_that_a_server_can_write_is_listed_with_all_its_fields(checkout):
    written: dict[str, set[str]] = {}
    for source in sorted((checkout / "chatsim").rglob("*.py")):
        for event, fields in calls(source):
            written.setdefault(event, set()).update(fields)
    assert {event: frozenset(fields) for event, fields in written.items()} == EVENTS


def test_no_field_is_about_a_user_a_chat_a_peer_or_what_was_said():
    fields = set().union(*EVENTS.values())
    banned = {"user", "sender", "recipient", "device", "chat", "group", "token", "body", "peer"}
    assert not fields & banned
    # How many there are is about nobody.
    assert {field for field in fields if "user" in field or "group" in field} == {"users", "groups"}
