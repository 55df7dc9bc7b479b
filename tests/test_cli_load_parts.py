from __future__ import annotations

import pytest

from chatsim.cli import load_parts as parts
from chatsim.errors import ConfigurationError
from chatsim_clients.load.parts import (
    Burst,
    FixedBody,
    GroupShare,
    ListedBody,
    LognormalBody,
    Mix,
    Stage,
    Storm,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30s", Stage(30.0)),
        ("1.5 min@2x", Stage(90.0, 2.0, "2x")),
        ("30s@0.5x:late evening", Stage(30.0, 0.5, "late evening")),
        ("30s:calm", Stage(30.0, 1.0, "calm")),
    ],
)
def test_a_stage_has_a_length_a_factor_and_a_name(text, found):
    assert parts.stage(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("forwards=10%", Mix(forwards=0.1)),
        ("groups=30%, notices=5%,offline=0.1", Mix((GroupShare(0.3),), notices=0.05, offline=0.1)),
        ("groups:10-50=20%", Mix((GroupShare(0.2, 10, 50),))),
    ],
)
def test_a_mix_is_a_list_of_shares(text, found):
    assert parts.mix(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("200", FixedBody(200)),
        ("4 KB", FixedBody(4_000)),
        ("100,200,4000", ListedBody((100, 200, 4_000))),
        ("lognormal:200:1.0", LognormalBody(200, 1.0)),
    ],
)
def test_a_body_has_a_size_several_or_a_law(text, found):
    assert parts.body(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("30%@20s", Storm(20.0, 0.3)), ("0.3@1min/5 s", Storm(60.0, 0.3, 5.0))],
)
def test_a_storm_has_a_share_a_time_and_a_return(text, found):
    assert parts.storm(text) == found


def test_a_burst_has_a_time_and_may_say_how_many_start():
    assert parts.burst("10s") == Burst(10.0)
    assert parts.burst("10s:5") == Burst(10.0, 5)


def test_an_address_is_a_host_and_a_port():
    assert parts.address("127.0.0.1:7474") == ("127.0.0.1", 7474)
    assert parts.address("[::1]:7474") == ("::1", 7474)


def test_arrivals_are_poisson_or_bursty():
    laws = [parts.burstiness(text) for text in ("poisson", "bursty", "bursty:0.68")]
    assert laws == [0.0, 0.57, 0.68]


@pytest.mark.parametrize(
    ("read", "text", "takes"),
    [
        (parts.stage, "30s@2", "it takes a length, a factor and a name"),
        (parts.stage, "30", "it takes a number with a unit"),
        (parts.stage, "0s", "more than 0"),
        (parts.mix, "groups", "it takes shares of messages or users"),
        (parts.mix, "videos=30%", "it takes shares of messages or users"),
        (parts.mix, "forwards=1%,forwards=2%", "it takes shares of messages or users"),
        (parts.mix, "forwards=30", "it takes a share from 0 to 1"),
        (parts.mix, "groups:50-10=20%", "it takes a rising range"),
        (parts.storm, "30%", "it takes a share, a time"),
        (parts.storm, "30%@20", "it takes a number with a unit"),
        (parts.burst, "soon", "it takes a number with a unit"),
        (parts.burst, "10s:many", "it takes a whole number"),
        (parts.body, "large", "it takes a size"),
        (parts.body, "lognormal:200", "it takes a size"),
        (parts.body, "lognormal:200:wide", "it takes a size"),
        (parts.body, "1", "it takes bytes from"),
        (parts.address, "localhost", "it takes a host and a port"),
        (parts.address, "localhost:99999", "it takes a host and a port"),
        (parts.burstiness, "even", "it takes poisson, bursty"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(read, text, takes):
    with pytest.raises(ConfigurationError) as refusal:
        read(text)
    assert takes in str(refusal.value)
    assert "\n" not in str(refusal.value)
