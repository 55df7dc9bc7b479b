"""What a server is asked to do, and where it listens."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, Enforcement
from chatsim.relay.admission import Tokens
from chatsim.relay.changes import Saved
from chatsim.relay.settings import RelaySettings
from chatsim.server.listening import FILES_RESERVED, address_of, connections_permitted, listen
from chatsim.server.options import ClockKind, ServeOptions
from tests.serving import ROSTER, UNCAPPED


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_only_loopback_is_served_where_anybody_may_come(host):
    tokens = Tokens({})
    with pytest.raises(ConfigurationError, match="loopback"):
        ServeOptions(ROSTER, UNCAPPED, host=host)
    with pytest.raises(ConfigurationError, match="loopback"):
        ServeOptions(ROSTER, UNCAPPED, host=host, admission=tokens, insecure=True)
    assert ServeOptions(ROSTER, UNCAPPED, host=host, admission=tokens).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_every_loopback_address_will_do(host):
    assert ServeOptions(ROSTER, UNCAPPED, host=host).host == host


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65_536),
        ("scale", 0.0),
        ("drivers", 0),
        ("connections_max", 0),
        ("idle_seconds", 0.0),
        ("mailbox_max", 0),
        ("copies_per_act_max", 0),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=f"{name} is {value}"):
        ServeOptions(ROSTER, UNCAPPED, **{name: value})


def test_tokens_that_last_whole_days_take_an_expiry_of_two():
    blind = {"enforcement": Enforcement.BLIND}
    with pytest.raises(ConfigurationError, match="whole days; it takes 2 d or more"):
        ServeOptions(ROSTER, UNCAPPED, expiry_ticks=2 * ONE_DAY - 1, **blind)
    assert ServeOptions(ROSTER, UNCAPPED, expiry_ticks=2 * ONE_DAY, **blind)
    assert ServeOptions(ROSTER, UNCAPPED, expiry_ticks=1)


def test_a_driven_clock_takes_a_secret():
    with pytest.raises(ConfigurationError, match="secret"):
        ServeOptions(ROSTER, UNCAPPED, clock=ClockKind.DRIVEN)


@pytest.mark.parametrize("root", [b"", b"r" * 31, b"r" * 33, b"r" * 65])
def test_a_root_of_keys_has_32_bytes(root):
    with pytest.raises(ConfigurationError, match=f"root has {len(root)} bytes"):
        ServeOptions(ROSTER, UNCAPPED, root=root)


def test_options_settings_and_what_a_store_gives_back_show_no_secret():
    options = ServeOptions(ROSTER, UNCAPPED, root=b"root" * 8, secret=b"driver's word")
    shown = f"{options} {RelaySettings(secret=options.secret)} {Saved(root=b'root' * 8)}"
    assert "rootroot" not in shown
    assert "driver's word" not in shown


def test_an_address_that_is_taken_gives_one_sentence():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {port}: "):
            listen("127.0.0.1", port)


def test_an_address_says_which_family_it_is():
    with listen("127.0.0.1", 0) as listener:
        assert address_of(listener) == f"127.0.0.1:{listener.getsockname()[1]}"


def test_more_connections_than_open_files_permit_are_refused_beforehand():
    permitted = connections_permitted(None)
    assert connections_permitted(3) == 3
    with pytest.raises(ConfigurationError, match=f"may open {permitted:,}"):
        connections_permitted(permitted + FILES_RESERVED)
