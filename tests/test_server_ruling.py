"""The policy in force."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import EVERYBODY, Enforcement, Part
from chatsim.policy import Breaker, Local, Policy, compile_row
from chatsim.policy.files import dump_policy
from chatsim.policy.presets import preset
from chatsim.relay.relay import Relay
from chatsim.relay.roster import OpenRoster
from chatsim.relay.settings import RelaySettings
from chatsim.server.exchange import Exchange
from chatsim.server.options import ServeOptions
from chatsim.server.ruling import Ruler, policy_of, rows_of, ruling_of


def test_two_names_for_the_same_caps_have_one_version():
    latest, named = ruling_of(preset("whatsapp-latest")), ruling_of(preset("whatsapp-2022-11"))
    assert latest.version == named.version
    assert latest.version != ruling_of(preset("cap-5")).version
    assert len(latest.version) == 12


def test_a_policy_is_handed_over_whole_and_is_then_in_force():
    swapped = []
    ruler = Ruler(preset("cap-5"), swapped.append)
    former = ruler.ruling
    ruling = ruler.replace("cap-1")
    assert swapped == [preset("cap-1")]
    assert ruler.ruling is ruling
    assert ruling.version != former.version


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("cap-x", "cap-x"),
        ("[[tiers]]\nchats = 5\n", "the policy sent: name is missing"),
        ("name = 'strict'\ncap_person = -3\n", "the policy sent: cap_person"),
        ("name = 'strict'\nunheard = 1\n", "unheard"),
        ("name = ", "the policy sent is not a TOML file"),
        ("name = 'cap-5'\ncap_person = 2\n", "a preset with other rules"),
    ],
)
def test_what_cannot_be_used_is_refused_and_changes_nothing(given, names):
    swapped = []
    ruler = Ruler(preset("cap-5"), swapped.append)
    former = ruler.ruling
    with pytest.raises(ConfigurationError, match=names):
        ruler.replace(given)
    assert ruler.ruling is former
    assert swapped == []


@pytest.mark.parametrize("name", ["cap-5", "whatsapp-latest", "uncapped"])
def test_a_policy_that_is_sent_as_text_is_the_one_that_was_meant(name):
    assert (
        ruling_of(policy_of(dump_policy(preset(name)))).version == ruling_of(preset(name)).version
    )
    assert policy_of(name) == preset(name)


def test_a_file_is_read_again_from_where_it_is(tmp_path):
    path = tmp_path / "strict.toml"
    path.write_text("cap_person = 3\n")
    ruler = Ruler(preset("cap-5"), [].append)
    first = ruler.replace_from(str(path))
    path.write_text("cap_person = 2\n")
    assert ruler.replace_from(str(path)).version != first.version
    assert ruler.ruling.policy.name == "strict"


BREAKING = Policy("breaking", breaker=Breaker(5, 60, 60))
ELSEWHERE = Policy("elsewhere", regions=(Local("india", BREAKING),))
INDIA = (Part("india"), Part("home"))


def test_each_part_of_the_users_has_its_row():
    rows = rows_of(ELSEWHERE, INDIA, Enforcement.CLEAR)
    assert rows == (compile_row(BREAKING), compile_row(ELSEWHERE))


@pytest.mark.parametrize(
    ("parts", "enforcement", "sentence"),
    [
        (EVERYBODY, Enforcement.CLEAR, "'india'; the users have no regions"),
        ((Part("here"),), Enforcement.CLEAR, "'india'; it takes one of here"),
        (INDIA, Enforcement.CLIENT, "policy breaking has breaker under client enforcement"),
        (INDIA, Enforcement.BLIND, "policy breaking has breaker under blind enforcement"),
    ],
)
def test_rules_that_could_not_hold_are_refused(parts, enforcement, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        rows_of(ELSEWHERE, parts, enforcement)


def test_rules_about_contents_take_bodies_in_the_open_or_receipts():
    with pytest.raises(ConfigurationError, match="breaking has breaker, and under e2ee"):
        rows_of(ELSEWHERE, INDIA, Enforcement.CLEAR, sealed=True)
    with pytest.raises(ConfigurationError, match="breaking has breaker, and under e2ee"):
        ServeOptions(OpenRoster(3), BREAKING, e2ee=True)
    relay = Relay(OpenRoster(3), (compile_row(preset("cap-5")),), RelaySettings(sealed_only=True))
    exchange = Exchange(relay, lambda: 0, [].append)
    with pytest.raises(ConfigurationError, match="breaking has breaker, and under e2ee"):
        exchange.swap_policy(BREAKING)
    assert relay.rows == (compile_row(preset("cap-5")),)
    assert rows_of(ELSEWHERE, INDIA, Enforcement.RECEIPT, sealed=True)
    assert ServeOptions(OpenRoster(3), BREAKING, e2ee=True, enforcement=Enforcement.RECEIPT)


def test_the_version_tells_rules_for_one_place_from_those_for_another():
    somewhere = Policy("elsewhere", regions=(Local("brazil", BREAKING),))
    versions = {ruling_of(each).version for each in (ELSEWHERE, somewhere, BREAKING)}
    assert len(versions) == 3
