"""The comparison with other servers: what is said on their wires, and what is made of the figures."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from chatsim.errors import ConfigurationError, RunError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Acknowledge, Act, Copy, Decided, Hello, QuietAct, Welcome

SCRIPTS = Path(__file__).parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))

import versus_servers  # noqa: E402
from broker_chatsim import Chatsim  # noqa: E402
from broker_protocols import Mqtt, Nats, Redis, Xmpp, packet, resp  # noqa: E402
from brokers import BROKERS  # noqa: E402
from versus_table import COLUMNS, medians, sections  # noqa: E402


def opened(kind, *, acknowledged=False):
    talk = kind(5, acknowledged=acknowledged)
    talk.open()
    return talk


def said(talk) -> bytes:
    out = b"".join(talk.out)
    talk.out.clear()
    return out


def hears_byte_by_byte(talk, data: bytes) -> None:
    for place in range(len(data)):
        talk.receive(data[place : place + 1])


def wire(message, body=b"") -> bytes:
    return head_of(encode(message), len(body)) + body


# redis.


def test_redis_subscribes_publishes_and_hears_on_one_connection():
    talk = opened(Redis)
    assert said(talk) == b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$9\r\nSUBSCRIBE\r\n$2\r\nu5\r\n"
    talk.send(b"u7", b"hi")
    assert said(talk) == b"*3\r\n$7\r\nPUBLISH\r\n$2\r\nu7\r\n$2\r\nhi\r\n"
    welcome = b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n>3\r\n$9\r\nsubscribe\r\n$2\r\nu5\r\n:1\r\n"
    hears_byte_by_byte(talk, welcome)
    assert (talk.ready, talk.confirmed) == (True, 0)
    hears_byte_by_byte(talk, b":1\r\n>3\r\n$7\r\nmessage\r\n$2\r\nu5\r\n$4\r\na\r\nb\r\n:0\r\n")
    assert (talk.bodies, talk.confirmed) == ([b"a\r\nb"], 2)


def test_a_redis_error_ends_the_run():
    with pytest.raises(RunError, match="redis answered b'-ERR no'"):
        opened(Redis).receive(b"-ERR no\r\n")


def test_an_incomplete_redis_value_waits():
    assert resp(bytearray(b"*2\r\n:1\r\n$3\r\nab"), 0) is None
    assert resp(bytearray(b"*2\r\n:1\r\n$-1\r\n"), 0) == ([1, None], 13)


# NATS.


def test_nats_subscribes_publishes_hears_and_answers_pings():
    talk = opened(Nats)
    hello, subscription, ping, _ = said(talk).split(b"\r\n")
    assert hello.startswith(b'CONNECT {"verbose": false')
    assert (subscription, ping) == (b"SUB u.5 1", b"PING")
    talk.send(b"u.7", b"hi")
    assert said(talk) == b"PUB u.7 2\r\nhi\r\n"
    hears_byte_by_byte(talk, b"INFO {}\r\nPONG\r\nMSG u.5 1 4\r\na\r\nb\r\nPING\r\n")
    assert talk.ready
    assert talk.bodies == [b"a\r\nb"]
    assert said(talk) == b"PONG\r\n"
    with pytest.raises(RunError, match="-ERR"):
        talk.receive(b"-ERR 'Slow Consumer'\r\n")


# MQTT.


def test_mqtt_at_qos_0_gets_no_acknowledgement():
    talk = opened(Mqtt)
    assert said(talk) == (
        b"\x10\x14\x00\x04MQTT\x04\x02\x00\x00\x00\x08client-5\x82\x08\x00\x01\x00\x03u/5\x00"
    )
    talk.send(b"u/7", b"hi")
    assert said(talk) == b"\x30\x07\x00\x03u/7hi"
    hears_byte_by_byte(talk, b"\x20\x02\x00\x00\x90\x03\x00\x01\x00\x30\x07\x00\x03u/5ho")
    assert (talk.ready, talk.bodies, said(talk)) == (True, [b"ho"], b"")


def test_mqtt_at_qos_1_acknowledges_and_is_acknowledged():
    talk = opened(Mqtt, acknowledged=True)
    assert said(talk).endswith(b"u/5\x01")
    talk.send(b"u/7", b"hi")
    assert said(talk) == b"\x32\x09\x00\x03u/7\x00\x01hi"
    hears_byte_by_byte(talk, b"\x40\x02\x00\x01\x32\x09\x00\x03u/5\x00\x09ho")
    assert (talk.confirmed, talk.bodies, said(talk)) == (1, [b"ho"], b"\x40\x02\x00\x09")


def test_mqtt_lengths_are_in_sevens_of_bits():
    assert packet(0x30, bytes(200))[:3] == b"\x30\xc8\x01"
    talk = opened(Mqtt)
    talk.receive(packet(0x30, b"\x00\x03u/5" + bytes(200)))
    assert talk.bodies == [bytes(200)]


def test_an_mqtt_login_refused_ends_the_run():
    with pytest.raises(RunError, match="mosquitto"):
        opened(Mqtt).receive(b"\x20\x02\x00\x05")


# XMPP.

FEATURES = b"<?xml version='1.0'?><stream:stream id='1'><stream:features><x/></stream:features>"


def logged_in(*, acknowledged: bool) -> Xmpp:
    talk = opened(Xmpp, acknowledged=acknowledged)
    hears_byte_by_byte(talk, FEATURES + b"<success xmlns='sasl'/>" + FEATURES)
    hears_byte_by_byte(talk, b"<iq id='bind'><bind><jid>a@localhost/b</jid></bind></iq>")
    assert not talk.ready
    hears_byte_by_byte(talk, b"<presence from='a@localhost/b'/>")
    return talk


def test_xmpp_logs_in_as_anybody_and_learns_its_name():
    talk = logged_in(acknowledged=False)
    assert talk.ready
    assert talk.address == b"a@localhost/b"
    words = said(talk)
    assert words.count(b"<stream:stream") == 2
    assert words.endswith(b"/></iq><presence/>")
    talk.send(b"c@localhost/d", b"hi")
    assert said(talk) == b"<message to='c@localhost/d' type='chat'><body>hi</body></message>"
    hears_byte_by_byte(talk, b"<message from='x'><body>one</body></message>" * 2)
    assert talk.bodies == [b"one", b"one"]


def test_xmpp_with_stream_management_asks_and_answers_for_each_message():
    talk = logged_in(acknowledged=True)
    assert not talk.ready
    talk.receive(b"<enabled xmlns='urn:xmpp:sm:3'/>")
    assert talk.ready
    said(talk)
    talk.send(b"c", b"hi")
    assert said(talk).endswith(b"</message><r xmlns='urn:xmpp:sm:3'/>")
    hears_byte_by_byte(talk, b"<a xmlns='urn:xmpp:sm:3' h='1'/>")
    hears_byte_by_byte(talk, b"<message><body>ho</body></message><r xmlns='urn:xmpp:sm:3'/>")
    assert (talk.confirmed, talk.bodies) == (1, [b"ho"])
    assert said(talk) == b"<a xmlns='urn:xmpp:sm:3' h='1'/>"


def test_a_message_that_comes_back_as_an_error_ends_the_run():
    with pytest.raises(RunError, match="XMPP server answered"):
        logged_in(acknowledged=False).receive(
            b"<message type='error'><body>x</body><error/></message>"
        )


# chatsim.


def test_chatsim_acknowledges_with_its_next_act_or_after_16_copies():
    talk = opened(Chatsim)
    assert said(talk) == wire(Hello(5, 0, None))
    talk.receive(wire(Welcome(0, 0, 0)))
    copy = wire(Copy(3, 0, 1, None, 0, 0, 0, b"12345678"), b"hi")
    hears_byte_by_byte(talk, copy * 15)
    talk.turn_end()
    assert (talk.ready, len(talk.bodies), said(talk)) == (True, 15, b"")
    talk.receive(copy)
    talk.turn_end()
    assert said(talk) == wire(Acknowledge(16))
    talk.send(b"7", b"ho")
    assert said(talk) == wire(QuietAct(16, (7,)), b"ho")


def test_chatsim_acknowledges_at_once_where_acknowledgements_are_measured():
    talk = opened(Chatsim, acknowledged=True)
    said(talk)
    talk.receive(wire(Copy(3, 0, 1, None, 0, 0, 0, b"12345678"), b"hi"))
    talk.turn_end()
    assert said(talk) == wire(Acknowledge(1))
    talk.send(b"7", b"ho")
    assert said(talk) == wire(Act(1, 1, (7,)), b"ho")
    talk.receive(wire(Decided(1, ALLOWED)))
    assert talk.confirmed == 1


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_verdict_that_refuses_ends_the_run(acknowledged):
    talk = opened(Chatsim, acknowledged=acknowledged)
    talk.send(b"7", b"ho")
    with pytest.raises(RunError, match="chatsim answered"):
        talk.receive(wire(Decided(int(acknowledged), Verdict(Reason.UNAVAILABLE))))


# The table.


def figures() -> pl.DataFrame:
    def row(contender, number, server, us, *, acknowledged=False):
        return (contender, number, server, acknowledged, 100, 1, us, 1_000, 1.0, 2.0)

    rows = [
        row("chatsim", 0, "chatsim", 20.0),
        row("redis", 0, "chatsim", 20.0),
        row("redis", 0, "redis", 10.0),
        row("redis", 1, "chatsim", 40.0),
        row("redis", 1, "redis", 30.0),
        row("mosquitto", 0, "chatsim", 30.0, acknowledged=True),
        row("mosquitto", 0, "mosquitto", 60.0, acknowledged=True),
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def test_a_ratio_is_the_median_of_those_within_a_round():
    found = medians(figures()).filter(server="redis")
    assert found["ratio"].to_list() == [0.625]
    assert found["us"].to_list() == [20.0]


def test_chatsims_own_figure_is_the_median_beside_every_contender():
    found = medians(figures()).filter(server="chatsim", acknowledged=False)
    assert found["us"].to_list() == [20.0]
    assert found["ratio"].to_list() == [None]


def test_each_table_says_what_its_servers_guarantee_and_who_is_skipped(monkeypatch):
    monkeypatch.setattr("broker_processes.Broker.version_number", lambda _: "1.2")
    text = "\n".join(sections(figures(), [("prosody", "no prosody here")]))
    fire, acknowledged = text.split("### Acknowledged")
    assert "| redis" in fire
    assert "20.0 (0.62x)" in fire
    assert "- redis 1.2: at most once" in fire
    assert "| redis" not in acknowledged
    assert "60.0 (2.00x)" in acknowledged
    assert "- mosquitto 1.2: at least once (QoS 1)" in acknowledged
    assert "Skipped: prosody (no prosody here)." in text


def test_only_servers_with_all_rounds_and_clients_are_not_measured_again(tmp_path):
    file = tmp_path / "versus_servers.csv"
    figures().write_csv(file)
    done = versus_servers.former(file, 2, [100])
    assert set(done["contender"]) == {"redis"}
    assert versus_servers.former(file, 2, [100, 1_000]).is_empty()
    assert versus_servers.former(tmp_path / "none.csv", 1, [100]).is_empty()


def test_a_server_that_nobody_knows_is_refused_by_name():
    with pytest.raises(ConfigurationError, match="There is no server rabbit; it takes chatsim,"):
        versus_servers.chosen("redis,rabbit")
    assert [one.name for one in versus_servers.chosen("redis,chatsim-portable")] == [
        "redis",
        "chatsim, portable",
    ]


def test_servers_that_are_not_installed_are_named_and_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr("broker_processes.SYSTEM_FOLDERS", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(versus_servers, "cores", lambda: (None, None))
    words = ["--only", "redis,ejabberd", "--out", str(tmp_path)]
    result = CliRunner().invoke(versus_servers.main, words, catch_exceptions=False)
    assert "Skipped: redis (no redis-server here)." in result.stdout
    assert "Skipped: ejabberd (no ejabberdctl here)." in result.stdout
    assert (tmp_path / "versus_servers.csv").exists()


def test_every_server_says_what_it_guarantees():
    assert all(broker.fire for broker in BROKERS)
    can = [broker.name for broker in BROKERS if broker.acknowledged]
    assert can == [
        "chatsim",
        "chatsim, portable",
        "mosquitto",
        "ejabberd",
        "ejabberd, usual modules",
        "prosody",
    ]
