"""The policy in force."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.policy.files import dump_policy
from chatsim.policy.presets import preset
from chatsim.server.ruling import Ruler, policy_of, ruling_of


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
